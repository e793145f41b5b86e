; The setup program, for one computer without IT: the files and registry of the MSI, for all users, silent with /S.
Unicode true
Target amd64-unicode
SetCompressor /SOLID lzma
ManifestDPIAware true
; A file that cannot be written ends the setup: by itself it would be passed over in silence.
AllowSkipFiles off
RequestExecutionLevel admin

!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include WordFunc.nsh
!include Win\COM.nsh
!include Win\Propkey.nsh

; Signs the uninstaller, where packages are signed.
@finalize@

!define PROGRAM "@desktop.program@.exe"
!define HOME "Software\@product.name@"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\@product.name@"
!define LINKS "Software\Classes\@product.scheme@"
!define NOTIFICATIONS "Software\Classes\AppUserModelId\@product.identifier@"
!define WEBVIEW2_CLIENT "Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"

Name "@product.name@"
OutFile "@setup@"
InstallDir "$PROGRAMFILES64\@product.name@"
BrandingText "@product.name@ @version@"
VIProductVersion "@version@.0"
VIAddVersionKey "ProductName" "@product.name@"
VIAddVersionKey "CompanyName" "@product.publisher@"
VIAddVersionKey "FileDescription" "@product.name@ setup"
VIAddVersionKey "FileVersion" "@version@"
VIAddVersionKey "ProductVersion" "@version@"
VIAddVersionKey "LegalCopyright" "@product.publisher@, @product.licence@"

!define MUI_ICON "overleg.ico"
!define MUI_UNICON "overleg.ico"
!define MUI_ABORTWARNING
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "Dutch"

LangString BY_MSI ${LANG_ENGLISH} "@product.name@ was installed here by your organisation (MSI). It is upgraded and removed by them."
LangString BY_MSI ${LANG_DUTCH} "@product.name@ is hier door uw organisatie geïnstalleerd (MSI). Zij werken het bij en verwijderen het."
LangString NEWER ${LANG_ENGLISH} "A newer version of @product.name@ is installed. Remove it first, in Apps."
LangString NEWER ${LANG_DUTCH} "Er is al een nieuwere versie van @product.name@. Verwijder die eerst, in Apps."
LangString NO_WEBVIEW2 ${LANG_ENGLISH} "Microsoft Edge WebView2 is missing on this computer. Install the WebView2 Runtime, which is part of Windows 11, and start again. Nothing is downloaded by this program."
LangString NO_WEBVIEW2 ${LANG_DUTCH} "Microsoft Edge WebView2 ontbreekt op deze computer. Installeer de WebView2 Runtime, die bij Windows 11 hoort, en begin opnieuw. Dit programma downloadt niets."
LangString WRONG_VALUE ${LANG_ENGLISH} "SERVERURL begins with https://, AUTOSTART and UPDATES are 0 or 1, LANGUAGE is nl or en."
LangString WRONG_VALUE ${LANG_DUTCH} "SERVERURL begint met https://, AUTOSTART en UPDATES zijn 0 of 1, LANGUAGE is nl of en."
LangString STILL_RUNNING ${LANG_ENGLISH} "@product.name@ is running and does not end. Close it, and start again."
LangString STILL_RUNNING ${LANG_DUTCH} "@product.name@ is open en sluit niet. Sluit het, en begin opnieuw."

LangString NOT_WRITTEN ${LANG_ENGLISH} "A file of @product.name@ cannot be replaced. Close the programs that use it, and start again."
LangString NOT_WRITTEN ${LANG_DUTCH} "Een bestand van @product.name@ kan niet worden vervangen. Sluit de programma's die het gebruiken, en begin opnieuw."

Var Parameters
Var ServerUrl
Var OrgId
Var Autostart
Var ScreenLanguage
Var Updates
Var WebView2
Var WasRunning

!macro Refuse MESSAGE STATUS
  MessageBox MB_OK|MB_ICONSTOP "${MESSAGE}" /SD IDOK
  SetErrorLevel ${STATUS}
  Quit
!macroend

!macro Flag VALUE
  ${If} ${VALUE} != ""
  ${AndIf} ${VALUE} != "0"
  ${AndIf} ${VALUE} != "1"
    !insertmacro Refuse "$(WRONG_VALUE)" 6
  ${EndIf}
!macroend

Function .onInit
  SetRegView 64
  SetShellVarContext all
  ; The first character of an option divides one from the next: a stroke would end an address at its own.
  ${GetParameters} $Parameters
  StrCpy $Parameters " $Parameters"
  ${GetOptions} $Parameters " /SERVERURL=" $ServerUrl
  ${GetOptions} $Parameters " /ORGID=" $OrgId
  ${GetOptions} $Parameters " /AUTOSTART=" $Autostart
  ${GetOptions} $Parameters " /LANGUAGE=" $ScreenLanguage
  ${GetOptions} $Parameters " /UPDATES=" $Updates
  ${GetOptions} $Parameters " /WEBVIEW2=" $WebView2

  ReadRegStr $0 HKLM "${HOME}" "installed_by"
  ${If} $0 == "msi"
    !insertmacro Refuse "$(BY_MSI)" 3
  ${EndIf}
  ReadRegStr $0 HKLM "${UNINSTALL}" "DisplayVersion"
  ${If} $0 != ""
    ${VersionCompare} $0 "@version@" $1
    ${If} $1 == 1
      !insertmacro Refuse "$(NEWER)" 4
    ${EndIf}
    ReadRegStr $1 HKLM "${UNINSTALL}" "InstallLocation"
    ${If} $1 != ""
      StrCpy $INSTDIR $1
    ${EndIf}
  ${EndIf}
  ReadRegStr $0 HKLM "${HOME}\Recommended" "program.webview2_folder"
  ReadRegStr $1 HKCU "Software\${WEBVIEW2_CLIENT}" "pv"
  SetRegView 32
  ReadRegStr $2 HKLM "Software\${WEBVIEW2_CLIENT}" "pv"
  SetRegView 64
  ${If} "$WebView2$0$1$2" == ""
    !insertmacro Refuse "$(NO_WEBVIEW2)" 5
  ${EndIf}
  StrCpy $0 $ServerUrl 8
  ${If} $ServerUrl != ""
  ${AndIf} $0 != "https://"
    !insertmacro Refuse "$(WRONG_VALUE)" 6
  ${EndIf}
  !insertmacro Flag $Autostart
  !insertmacro Flag $Updates
  ${If} $ScreenLanguage != ""
  ${AndIf} $ScreenLanguage != "nl"
  ${AndIf} $ScreenLanguage != "en"
    !insertmacro Refuse "$(WRONG_VALUE)" 6
  ${EndIf}
FunctionEnd

; Asks the running program to end, and ends it after ten seconds. A program that runs is a file that nobody may write.
!macro EndProgram UN
Function ${UN}EndProgram
  StrCpy $WasRunning 0
  ${IfNot} ${FileExists} "$INSTDIR\${PROGRAM}"
    Return
  ${EndIf}
  ClearErrors
  FileOpen $0 "$INSTDIR\${PROGRAM}" a
  ${IfNot} ${Errors}
    FileClose $0
    Return
  ${EndIf}
  StrCpy $WasRunning 1
  ExecWait '"$INSTDIR\${PROGRAM}" --quit'
  StrCpy $1 0
  ${Do}
    Sleep 200
    IntOp $1 $1 + 1
    ${If} $1 == 50
      nsExec::Exec 'taskkill.exe /F /IM ${PROGRAM}'
      Pop $2
    ${EndIf}
    ClearErrors
    FileOpen $0 "$INSTDIR\${PROGRAM}" a
    ${IfNot} ${Errors}
      FileClose $0
      Return
    ${EndIf}
  ${LoopUntil} $1 > 75
  !insertmacro Refuse "$(STILL_RUNNING)" 7
FunctionEnd
!macroend
!insertmacro EndProgram ""
!insertmacro EndProgram "un."

; Written beside and then renamed: a setup that is broken off leaves the old file or the new one, whole.
!macro Place NAME
  File "/oname=${NAME}.new" "${NAME}"
  Delete "$INSTDIR\${NAME}"
  ClearErrors
  Rename "$INSTDIR\${NAME}.new" "$INSTDIR\${NAME}"
  ${If} ${Errors}
    !insertmacro Refuse "$(NOT_WRITTEN)" 8
  ${EndIf}
!macroend

!macro Recommend VALUE NAME
  ${If} ${VALUE} != ""
    WriteRegStr HKLM "${HOME}\Recommended" "${NAME}" "${VALUE}"
  ${EndIf}
!macroend

!macro RecommendFlag VALUE NAME
  ${If} ${VALUE} != ""
    WriteRegDWORD HKLM "${HOME}\Recommended" "${NAME}" ${VALUE}
  ${EndIf}
!macroend

Section
  Call EndProgram
  SetOutPath "$INSTDIR"
  SetOverwrite on
  !insertmacro Place "${PROGRAM}"
  !insertmacro Place "WebView2Loader.dll"
  !insertmacro Place "overleg.ico"
  !insertmacro Place "LICENSE.txt"
  !insertmacro Place "THIRD-PARTY.txt"
  WriteUninstaller "$INSTDIR\uninstall.exe"

  WriteRegStr HKLM "${LINKS}" "" "URL:@product.name@"
  WriteRegStr HKLM "${LINKS}" "URL Protocol" ""
  WriteRegStr HKLM "${LINKS}\DefaultIcon" "" "$INSTDIR\overleg.ico"
  WriteRegStr HKLM "${LINKS}\shell\open\command" "" '"$INSTDIR\${PROGRAM}" "%1"'
  WriteRegStr HKLM "${NOTIFICATIONS}" "DisplayName" "@product.name@"
  WriteRegStr HKLM "${NOTIFICATIONS}" "IconUri" "$INSTDIR\overleg.ico"
  WriteRegStr HKLM "${HOME}" "installed_by" "setup"
  !insertmacro Recommend $ServerUrl "servers.address"
  !insertmacro Recommend $OrgId "servers.organisation"
  !insertmacro RecommendFlag $Autostart "program.start_at_login"
  !insertmacro Recommend $ScreenLanguage "appearance.language"
  !insertmacro RecommendFlag $Updates "updates.enabled"
  !insertmacro Recommend $WebView2 "program.webview2_folder"

  CreateShortcut "$SMPROGRAMS\@product.name@.lnk" "$INSTDIR\${PROGRAM}" "" "$INSTDIR\overleg.ico"
  Call NameShortcut

  WriteRegStr HKLM "${UNINSTALL}" "DisplayName" "@product.name@"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayVersion" "@version@"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayIcon" "$INSTDIR\overleg.ico"
  WriteRegStr HKLM "${UNINSTALL}" "Publisher" "@product.publisher@"
  WriteRegStr HKLM "${UNINSTALL}" "URLInfoAbout" "@product.homepage@"
  WriteRegStr HKLM "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKLM "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKLM "${UNINSTALL}" "EstimatedSize" $0

  ; By the shell, with the rights of the user: setup has those of an administrator.
  ${If} $WasRunning == 1
  ${AndIfNot} ${Silent}
    Exec '"$WINDIR\explorer.exe" "$INSTDIR\${PROGRAM}"'
  ${EndIf}
SectionEnd

; The AppUserModelID of the shortcut, by which the taskbar and notifications know the program behind it.
Function NameShortcut
  !insertmacro ComHlpr_CreateInProcInstance ${CLSID_ShellLink} ${IID_IShellLink} r0 ""
  ${If} $0 P<> 0
    ${IUnknown::QueryInterface} $0 '("${IID_IPersistFile}",.r1)'
    ${If} $1 P<> 0
      ${IPersistFile::Load} $1 '("$SMPROGRAMS\@product.name@.lnk",${STGM_READWRITE})'
      ${IUnknown::QueryInterface} $0 '("${IID_IPropertyStore}",.r2)'
      ${If} $2 P<> 0
        System::Call 'Oleaut32::SysAllocString(w "@product.identifier@")p.r3'
        System::Call '*${SYSSTRUCT_PROPERTYKEY}(${PKEY_AppUserModel_ID})p.r4'
        System::Call '*${SYSSTRUCT_PROPVARIANT}(${VT_BSTR},,&i8 r3)p.r5'
        ${IPropertyStore::SetValue} $2 '($4,$5)'
        ${IPropertyStore::Commit} $2 ""
        System::Call 'Oleaut32::SysFreeString(p r3)'
        System::Free $4
        System::Free $5
        ${IUnknown::Release} $2 ""
        ${IPersistFile::Save} $1 '("$SMPROGRAMS\@product.name@.lnk",1)'
      ${EndIf}
      ${IUnknown::Release} $1 ""
    ${EndIf}
    ${IUnknown::Release} $0 ""
  ${EndIf}
FunctionEnd

Function un.onInit
  SetRegView 64
  SetShellVarContext all
FunctionEnd

; The encrypted caches of users stay, in %LOCALAPPDATA%\@product.identifier@.
Section Uninstall
  Call un.EndProgram
  Delete "$INSTDIR\${PROGRAM}"
  Delete "$INSTDIR\WebView2Loader.dll"
  Delete "$INSTDIR\overleg.ico"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\THIRD-PARTY.txt"
  ; Of a setup that was broken off.
  Delete "$INSTDIR\*.new"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\@product.name@.lnk"
  DeleteRegKey HKLM "${LINKS}"
  DeleteRegKey HKLM "${NOTIFICATIONS}"
  DeleteRegKey HKLM "${HOME}"
  DeleteRegKey HKLM "${UNINSTALL}"
  DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "@product.name@"
SectionEnd
