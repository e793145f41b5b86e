//! The kinds of files.

use serde::{Deserialize, Serialize};

/// A kind of file, by the name that it has on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Jpeg,
    Png,
    Gif,
    Webp,
    Heic,
    Avif,
    Tiff,
    Bmp,
    /// Refused: it can hold script.
    Svg,
    Pdf,
    Text,
    Csv,
    Json,
    Xml,
    Docx,
    Xlsx,
    Pptx,
    Odt,
    Ods,
    Odp,
    Doc,
    Xls,
    Ppt,
    Rtf,
    Dicom,
    Mp3,
    M4a,
    Ogg,
    Flac,
    Wav,
    Aac,
    Amr,
    Mp4,
    Mov,
    Webm,
    Mkv,
    Avi,
    Wmv,
    Mpeg,
    Zip,
    SevenZip,
    Rar,
    Tar,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    Cab,
    /// By its name alone.
    OtherArchive,
    Eml,
    Msg,
    /// Refused: a program or a script.
    Program,
    Other,
}

/// Kinds that are shown and treated alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    Picture,
    Pdf,
    Text,
    Office,
    Dicom,
    Audio,
    Video,
    Archive,
    Email,
    Program,
    Other,
}

impl Kind {
    pub fn family(self) -> Family {
        self.about().0
    }

    /// The media type that the file is served under.
    pub fn media_type(self) -> &'static str {
        self.about().1
    }

    fn about(self) -> (Family, &'static str) {
        use Family::{Archive, Audio, Email, Office, Picture, Text, Video};
        match self {
            Kind::Jpeg => (Picture, "image/jpeg"),
            Kind::Png => (Picture, "image/png"),
            Kind::Gif => (Picture, "image/gif"),
            Kind::Webp => (Picture, "image/webp"),
            Kind::Heic => (Picture, "image/heic"),
            Kind::Avif => (Picture, "image/avif"),
            Kind::Tiff => (Picture, "image/tiff"),
            Kind::Bmp => (Picture, "image/bmp"),
            Kind::Svg => (Picture, "image/svg+xml"),
            Kind::Pdf => (Family::Pdf, "application/pdf"),
            Kind::Text => (Text, "text/plain"),
            Kind::Csv => (Text, "text/csv"),
            Kind::Json => (Text, "application/json"),
            Kind::Xml => (Text, "application/xml"),
            Kind::Docx => (
                Office,
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            Kind::Xlsx => (
                Office,
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ),
            Kind::Pptx => (
                Office,
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            ),
            Kind::Odt => (Office, "application/vnd.oasis.opendocument.text"),
            Kind::Ods => (Office, "application/vnd.oasis.opendocument.spreadsheet"),
            Kind::Odp => (Office, "application/vnd.oasis.opendocument.presentation"),
            Kind::Doc => (Office, "application/msword"),
            Kind::Xls => (Office, "application/vnd.ms-excel"),
            Kind::Ppt => (Office, "application/vnd.ms-powerpoint"),
            Kind::Rtf => (Office, "application/rtf"),
            Kind::Dicom => (Family::Dicom, "application/dicom"),
            Kind::Mp3 => (Audio, "audio/mpeg"),
            Kind::M4a => (Audio, "audio/mp4"),
            Kind::Ogg => (Audio, "audio/ogg"),
            Kind::Flac => (Audio, "audio/flac"),
            Kind::Wav => (Audio, "audio/wav"),
            Kind::Aac => (Audio, "audio/aac"),
            Kind::Amr => (Audio, "audio/amr"),
            Kind::Mp4 => (Video, "video/mp4"),
            Kind::Mov => (Video, "video/quicktime"),
            Kind::Webm => (Video, "video/webm"),
            Kind::Mkv => (Video, "video/matroska"),
            Kind::Avi => (Video, "video/vnd.avi"),
            Kind::Wmv => (Video, "video/x-ms-wmv"),
            Kind::Mpeg => (Video, "video/mpeg"),
            Kind::Zip => (Archive, "application/zip"),
            Kind::SevenZip => (Archive, "application/x-7z-compressed"),
            Kind::Rar => (Archive, "application/vnd.rar"),
            Kind::Tar => (Archive, "application/x-tar"),
            Kind::Gzip => (Archive, "application/gzip"),
            Kind::Bzip2 => (Archive, "application/x-bzip2"),
            Kind::Xz => (Archive, "application/x-xz"),
            Kind::Zstd => (Archive, "application/zstd"),
            Kind::Cab => (Archive, "application/vnd.ms-cab-compressed"),
            Kind::OtherArchive => (Archive, "application/octet-stream"),
            Kind::Eml => (Email, "message/rfc822"),
            Kind::Msg => (Email, "application/vnd.ms-outlook"),
            Kind::Program => (Family::Program, "application/octet-stream"),
            Kind::Other => (Family::Other, "application/octet-stream"),
        }
    }

    /// One of the formats of Office that are zip files, which are no zip file when a password protects them.
    pub(crate) fn is_office_in_zip(self) -> bool {
        matches!(self, Kind::Docx | Kind::Xlsx | Kind::Pptx)
    }
}
