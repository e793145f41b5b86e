//! The files on the disk of a device.

use anyhow::Result;
use stories::test_network::TestNetwork;

/// A word that stands nowhere else.
const WORD: &str = "Zilververbandgeheim";

// F1
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_cache_is_no_plain_database_and_holds_no_word_of_a_message_in_plain() -> Result<()> {
    let world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let karim = world.clinician("Karim", world.home_care).await?;
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, WORD).await?;
    karims.sees(consult, &[WORD]).await?;
    annas.has_sent_all().await?;
    let mut files = 0;
    for entry in std::fs::read_dir(karims.folder())? {
        let path = entry?.path();
        if !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path)?;
        files += 1;
        assert!(!bytes.starts_with(b"SQLite format 3"), "{}", path.display());
        for word in [WORD, "Anna", "Maasdal"] {
            let utf16: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
            for plain in [word.as_bytes(), utf16.as_slice()] {
                let found = bytes.windows(plain.len()).any(|window| window == plain);
                assert!(!found, "{word} stands in {}", path.display());
            }
        }
    }
    assert!(files >= 2, "the cache is there");
    Ok(())
}
