/**
 * The shell of an interface in a browser whose engine is real: a development server (`cargo xtask dev-api`) answers as the
 * desktop app does. For development and tests; no production build contains it.
 */
import type { AttachTo } from '$lib/bindings/AttachTo';
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import type { Invalidated } from '$lib/bindings/Invalidated';
import type { Settings } from '$lib/bindings/Settings';
import type { ShellView } from '$lib/bindings/ShellView';

import { attachFile } from './attach';
import {
  CallError,
  type Answer,
  type Args,
  type CallName,
  type ProgramAnswer,
  type ProgramArgs,
  type ProgramCallName,
  type Shell,
} from './shell';

/** Where a development server listens, and the token that it takes. */
export interface DevServer {
  url: string;
  token: string;
}

/** Until a stream of events that broke is opened again. */
const AGAIN_MS = 1_000;
/** The status of an answer whose body says why the request was not done. */
const NOT_DONE = 422;

export class RemoteShell implements Shell {
  /** Addresses that were to be opened, for tests. */
  readonly opened: string[] = [];
  private readonly listeners = new Set<(invalidated: Invalidated[]) => void>();
  private readonly listening: Promise<void>;
  private reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  private closed = false;

  constructor(
    private readonly server: DevServer,
    private readonly person: string,
  ) {
    this.listening = this.listen();
  }

  async call<N extends CallName>(name: N, args: Args<N>): Promise<Answer<N>> {
    // An answer from before the events are heard could become stale unheard.
    await this.listening;
    const answer = await this.post<Answer<N>>('call', name, args);
    if (name === 'settings' || name === 'set_setting') zoom(answer as Settings);
    return answer;
  }

  async program<N extends ProgramCallName>(name: N, args: ProgramArgs<N>): Promise<ProgramAnswer<N>> {
    return this.post<ShellView>('shell', name, args);
  }

  openLink(url: string): Promise<void> {
    this.opened.push(url);
    window.open(url, '_blank', 'noopener,noreferrer');
    return Promise.resolve();
  }

  attach(to: AttachTo, file: File, onprogress?: (read: AttachmentView) => void): Promise<AttachmentView> {
    const sendPart = async (id: string, offset: number, bytes: Uint8Array<ArrayBuffer>) => {
      await this.request(`attach/${this.person}/${id}/${offset}`, 'application/octet-stream', bytes);
    };
    return attachFile(this, sendPart, to, file, onprogress);
  }

  fileUrl(id: string): string {
    const token = encodeURIComponent(this.server.token);
    return `${this.server.url}/file/${this.person}/${id}?token=${token}`;
  }

  /** There is no dialog of a system here. */
  onAttachFailed(): () => void {
    return () => undefined;
  }

  onInvalidated(handle: (invalidated: Invalidated[]) => void): () => void {
    this.listeners.add(handle);
    return () => void this.listeners.delete(handle);
  }

  /** Hears nothing more, and asks for nothing. */
  async close(): Promise<void> {
    this.closed = true;
    this.listeners.clear();
    await this.reader?.cancel().catch(() => undefined);
  }

  private async post<T>(route: 'call' | 'shell', call: string, args: object): Promise<T> {
    const body = JSON.stringify({ call, args });
    const response = await this.request(`${route}/${this.person}`, 'application/json', body);
    try {
      return (await response.json()) as T;
    } catch (thrown) {
      throw CallError.from(thrown);
    }
  }

  /** Rejects with a {@link CallError}. */
  private async request(path: string, type: string, body: BodyInit): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${this.server.url}/${path}`, {
        method: 'POST',
        headers: { ...this.authorization, 'content-type': type },
        body,
      });
    } catch (thrown) {
      throw CallError.from(thrown);
    }
    if (response.ok) return response;
    throw CallError.from(response.status === NOT_DONE ? await response.json() : null);
  }

  private get authorization(): { authorization: string } {
    return { authorization: `Bearer ${this.server.token}` };
  }

  /** Resolves once events are heard, or cannot be; they are heard until the shell is closed, also after a break. */
  private async listen(): Promise<void> {
    try {
      const response = await fetch(`${this.server.url}/events/${this.person}`, {
        headers: this.authorization,
      });
      if (!response.ok || !response.body) return this.listenAgain();
      this.reader = response.body.getReader();
    } catch {
      return this.listenAgain();
    }
    void this.hear(this.reader).finally(() => this.listenAgain());
  }

  private listenAgain(): void {
    if (this.closed) return;
    setTimeout(() => {
      if (this.closed) return;
      // Nobody knows what became stale meanwhile.
      void this.listen().then(() => this.tell([{ stale: 'all' }]));
    }, AGAIN_MS);
  }

  private async hear(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
      if (done) return;
      const events = (text + decoder.decode(value, { stream: true })).split('\n\n');
      // The last one is not whole yet.
      text = events.pop() ?? '';
      for (const event of events)
        if (event.startsWith('data: ')) this.tell(JSON.parse(event.slice('data: '.length)) as Invalidated[]);
    }
  }

  private tell(invalidated: Invalidated[]): void {
    for (const listener of this.listeners) listener(invalidated);
  }
}

/** The desktop app zooms its window. */
function zoom(settings: Settings): void {
  document.documentElement.style.zoom = String(settings['appearance.zoom'].value / 100);
}
