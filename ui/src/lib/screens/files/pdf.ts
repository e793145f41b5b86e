/**
 * Reading PDFs. Nothing in them is run: no scripts, no forms, no code made of fonts; the policy of the page forbids it, too.
 * Loaded when the first PDF is viewed.
 */
import {
  getDocument,
  GlobalWorkerOptions,
  TextLayer,
  type PDFDocumentProxy,
} from 'pdfjs-dist/legacy/build/pdf.mjs';
import workerUrl from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?url';

export type Pdf = PDFDocumentProxy;
export type PdfFault = 'broken' | 'password';

/** More pixels than this no page has; a file that says so is made to use up memory. */
const LARGEST_IMAGE = 64_000_000;
const LARGEST_CANVAS = 24_000_000;
const RANGE = 256 * 1024;

GlobalWorkerOptions.workerSrc = workerUrl;

/** Opens it; rejects with a {@link PdfFault}. */
export async function openPdf(url: string): Promise<Pdf> {
  try {
    return await getDocument({
      url,
      isEvalSupported: false,
      enableXfa: false,
      // The policy allows no WebAssembly; what is in its place reads all but JPEG 2000.
      useWasm: false,
      disableAutoFetch: true,
      rangeChunkSize: RANGE,
      maxImageSize: LARGEST_IMAGE,
      canvasMaxAreaInBytes: LARGEST_CANVAS * 4,
      verbosity: 0,
    }).promise;
  } catch (thrown) {
    const fault: PdfFault =
      thrown instanceof Error && thrown.name === 'PasswordException' ? 'password' : 'broken';
    throw fault;
  }
}

/** Hides the canvases on which pdfjs measures letters. */
function hideMeasures(): void {
  for (const one of document.querySelectorAll<HTMLElement>('.hiddenCanvasElement')) one.hidden = true;
}

/** Draws a page, and lays its text over it, so that it can be selected. The answer stops it. */
export function drawPage(
  pdf: Pdf,
  number: number,
  scale: number,
  canvas: HTMLCanvasElement,
  text: HTMLElement,
): () => void {
  let stopped = false;
  let cancel: () => void = () => undefined;
  void (async () => {
    const page = await pdf.getPage(number);
    if (stopped) return;
    const pixels = Math.min(2, window.devicePixelRatio || 1);
    const viewport = page.getViewport({ scale });
    const within = Math.min(
      1,
      Math.sqrt(LARGEST_CANVAS / (viewport.width * viewport.height * pixels * pixels)),
    );
    const drawn = page.getViewport({ scale: scale * pixels * within });
    canvas.width = Math.floor(drawn.width);
    canvas.height = Math.floor(drawn.height);
    const drawing = page.render({ canvas, viewport: drawn });
    cancel = () => drawing.cancel();
    await drawing.promise;
    if (stopped) return;
    text.replaceChildren();
    text.style.setProperty('--total-scale-factor', String(scale));
    const layer = new TextLayer({ textContentSource: page.streamTextContent(), container: text, viewport });
    cancel = () => layer.cancel();
    await layer.render();
    hideMeasures();
  })().catch(() => undefined);
  return () => {
    stopped = true;
    cancel();
  };
}
