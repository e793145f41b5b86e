/* Stands for the desktop program where packages for Windows are tried under wine, which has no WebView2: it runs once in a session,
   as the program does, says so with a window of the same class, and a second start with --quit ends it. */
#define UNICODE
#include <windows.h>

static LRESULT CALLBACK answer(HWND window, UINT message, WPARAM w, LPARAM l) {
    if (message == WM_CLOSE || message == WM_ENDSESSION) PostQuitMessage(0);
    return DefWindowProc(window, message, w, l);
}

int WINAPI WinMain(HINSTANCE instance, HINSTANCE before, LPSTR arguments, int show) {
    const WCHAR *class = L"nl.overleg.desktop-sic";
    BOOL quit = strstr(arguments, "--quit") != NULL;
    CreateMutex(NULL, TRUE, L"nl.overleg.desktop-sim");
    if (GetLastError() == ERROR_ALREADY_EXISTS) {
        HWND first = FindWindow(class, NULL);
        if (quit && first) SendMessage(first, WM_CLOSE, 0, 0);
        return 0;
    }
    if (quit) return 0;
    WNDCLASS about = {.lpfnWndProc = answer, .hInstance = instance, .lpszClassName = class};
    RegisterClass(&about);
    CreateWindow(class, L"", 0, 0, 0, 0, 0, NULL, NULL, instance, NULL);
    MSG message;
    while (GetMessage(&message, NULL, 0, 0) > 0) DispatchMessage(&message);
    return 0;
}
