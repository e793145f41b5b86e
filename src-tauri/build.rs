//! Generates the permissions of the four commands that the interface can call.

fn main() {
    let built = std::path::Path::new("../ui/dist/index.html");
    println!("cargo::rerun-if-changed=../ui/dist");
    if !built.exists() {
        println!(
            "cargo::error=The interface is not built: run `cargo xtask test` or `cargo xtask demo`, or `npm ci` and `npm run build` in ui/."
        );
        std::process::exit(1);
    }
    let manifest =
        tauri_build::AppManifest::new().commands(&["engine", "shell", "attach_bytes", "open_link"]);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        println!("cargo::error=The desktop shell's permissions could not be made: {error:#}");
        std::process::exit(1);
    }
}
