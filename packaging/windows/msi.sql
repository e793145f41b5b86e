# Rows that wixl cannot write, a statement a line.

# A component is installed only where its property was given: an empty value would pass for one.
UPDATE `Component` SET `Condition`='SERVERURL' WHERE `Component`='ServerUrl'
UPDATE `Component` SET `Condition`='ORGID' WHERE `Component`='OrgId'
UPDATE `Component` SET `Condition`='AUTOSTART' WHERE `Component`='Autostart'
UPDATE `Component` SET `Condition`='LANGUAGE' WHERE `Component`='Language'
UPDATE `Component` SET `Condition`='UPDATES' WHERE `Component`='Updates'
UPDATE `Component` SET `Condition`='WEBVIEW2' WHERE `Component`='WebView2'

# Public properties reach the part that runs as the system only when they are named here.
UPDATE `Property` SET `Value`='WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED;SERVERURL;ORGID;AUTOSTART;LANGUAGE;UPDATES;WEBVIEW2' WHERE `Property`='SecureCustomProperties'

# Values that the version before was given hold until they are given anew. A number is found as text with a # before it.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('KeepServerUrl', 51, 'SERVERURL', '[OLD_SERVERURL]')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('KeepOrgId', 51, 'ORGID', '[OLD_ORGID]')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('KeepAutostart0', 51, 'AUTOSTART', '0')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('KeepAutostart1', 51, 'AUTOSTART', '1')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('KeepLanguage', 51, 'LANGUAGE', '[OLD_LANGUAGE]')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('KeepUpdates0', 51, 'UPDATES', '0')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('KeepUpdates1', 51, 'UPDATES', '1')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('KeepWebView2', 51, 'WEBVIEW2', '[OLD_WEBVIEW2]')
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('KeepServerUrl', 'NOT SERVERURL AND OLD_SERVERURL', 51)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('KeepOrgId', 'NOT ORGID AND OLD_ORGID', 52)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('KeepAutostart0', 'NOT AUTOSTART AND OLD_AUTOSTART = "#0"', 53)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('KeepAutostart1', 'NOT AUTOSTART AND OLD_AUTOSTART = "#1"', 54)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('KeepLanguage', 'NOT LANGUAGE AND OLD_LANGUAGE', 55)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('KeepUpdates0', 'NOT UPDATES AND OLD_UPDATES = "#0"', 56)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('KeepUpdates1', 'NOT UPDATES AND OLD_UPDATES = "#1"', 57)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('KeepWebView2', 'NOT WEBVIEW2 AND OLD_WEBVIEW2', 58)

# The running program is asked to end, and then ended: of all users where the system installs, else of the one who does. Type 34,
# its outcome ignored (64): none may run.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('Quit', 98, 'INSTALLDIR', '"[INSTALLDIR]@desktop.program@.exe" --quit')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('End', 98, 'System64Folder', '"[System64Folder]taskkill.exe" /F /IM @desktop.program@.exe')
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('Quit', 'Installed OR WIX_UPGRADE_DETECTED', 1010)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('End', 'Installed OR WIX_UPGRADE_DETECTED', 1390)

# The version before is removed within the transaction: a failure brings it back.
UPDATE `InstallExecuteSequence` SET `Sequence`=1510 WHERE `Action`='RemoveExistingProducts'

# By this the taskbar and notifications know the program behind the shortcut.
CREATE TABLE `MsiShortcutProperty` (`MsiShortcutProperty` CHAR(72) NOT NULL, `Shortcut_` CHAR(72) NOT NULL, `PropertyKey` CHAR(255) NOT NULL, `PropVariantValue` CHAR(255) NOT NULL PRIMARY KEY `MsiShortcutProperty`)
INSERT INTO `MsiShortcutProperty` (`MsiShortcutProperty`, `Shortcut_`, `PropertyKey`, `PropVariantValue`) VALUES ('AppUserModelId', 'StartMenu', 'System.AppUserModel.ID', '@product.identifier@')
