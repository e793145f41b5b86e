/** The development server that `cargo xtask dev-api` started, if it did. */
interface ImportMetaEnv {
  readonly VITE_DEV_API_URL?: string;
  readonly VITE_DEV_API_TOKEN?: string;
}
