#!/bin/sh
# Signs an assembled .app, and makes its PKG, which an organisation rolls out, and its DMG. On a Mac, started by
# `cargo xtask package pkg`:
#
#   build.sh APP VERSION FOLDER
#
# APPLICATION_CERTIFICATE  "Developer ID Application: ..." in the keychain; without it the app is signed for this Mac alone
# INSTALLER_CERTIFICATE    "Developer ID Installer: ..."; without it the PKG is not signed
# NOTARY_PROFILE           a profile that `xcrun notarytool store-credentials` made; without it nothing is notarised
set -eu

app=$1
version=$2
into=$3
here=$(cd "$(dirname "$0")" && pwd)
name=$(basename "$app" .app)
identifier=$(/usr/libexec/PlistBuddy -c "Print CFBundleIdentifier" "$app/Contents/Info.plist")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

plutil -lint "$app/Contents/Info.plist"
if [ -n "${APPLICATION_CERTIFICATE:-}" ]; then
    codesign --force --timestamp --options runtime --entitlements "$here/entitlements.plist" \
        --sign "$APPLICATION_CERTIFICATE" "$app"
else
    codesign --force --options runtime --entitlements "$here/entitlements.plist" --sign - "$app"
fi
codesign --verify --strict --deep "$app"

notarise() {
    if [ -n "${NOTARY_PROFILE:-}" ]; then
        xcrun notarytool submit "$1" --keychain-profile "$NOTARY_PROFILE" --wait
    fi
}
staple() {
    if [ -n "${NOTARY_PROFILE:-}" ]; then
        xcrun stapler staple "$1"
    fi
}

# Before it is packed, so that the app opens without a network after it was copied out.
ditto -c -k --keepParent "$app" "$work/$name.zip"
notarise "$work/$name.zip"
staple "$app"

# The app is replaced as a whole, and is not looked for elsewhere on the disk.
mkdir "$work/payload"
ditto "$app" "$work/payload/$name.app"
pkgbuild --analyze --root "$work/payload" "$work/components.plist"
plutil -replace 0.BundleIsRelocatable -bool NO "$work/components.plist"
plutil -replace 0.BundleHasStrictIdentifier -bool YES "$work/components.plist"
pkgbuild --root "$work/payload" --component-plist "$work/components.plist" --identifier "$identifier" --version "$version" \
    --install-location /Applications --ownership recommended "$work/$name.pkg"
set -- --package "$work/$name.pkg"
if [ -n "${INSTALLER_CERTIFICATE:-}" ]; then
    set -- "$@" --sign "$INSTALLER_CERTIFICATE" --timestamp
fi
productbuild "$@" "$into/$name-$version.pkg"
notarise "$into/$name-$version.pkg"
staple "$into/$name-$version.pkg"

mkdir "$work/image"
ditto "$app" "$work/image/$name.app"
ln -s /Applications "$work/image/Applications"
hdiutil create -quiet -ov -volname "$name" -srcfolder "$work/image" -format UDZO "$into/$name-$version.dmg"
if [ -n "${APPLICATION_CERTIFICATE:-}" ]; then
    codesign --timestamp --sign "$APPLICATION_CERTIFICATE" "$into/$name-$version.dmg"
fi
notarise "$into/$name-$version.dmg"
staple "$into/$name-$version.dmg"
