/** Fake of the program: a browser has no tray and no window to control, so requests are only recorded. */
import type { AttachTo } from '$lib/bindings/AttachTo';
import type { ShellView } from '$lib/bindings/ShellView';

import type { ProgramArgs, ProgramCallName } from '../shell';

export class FakeProgram {
  /** Requests to the operating system, in order. */
  readonly done: ProgramCallName[] = [];

  constructor(
    private view: ShellView,
    private readonly changed: () => void,
    /** The user chose files in the dialog, or pasted them. */
    private readonly picked: (to: AttachTo) => void = () => undefined,
  ) {}

  answer<N extends ProgramCallName>(name: N, args: ProgramArgs<N>): ShellView {
    if (name !== 'view' && name !== 'shown') this.done.push(name);
    if ('on' in args) this.view = { ...this.view, side: args.on };
    if (['close_window', 'stay_open', 'quit'].includes(name)) this.view = { ...this.view, closing: false };
    if ((name === 'pick_files' || name === 'paste_files') && 'to' in args) this.picked(args.to);
    return this.view;
  }

  /** Simulates a click on the close button of the window. */
  close(): void {
    this.view = { ...this.view, closing: true };
    this.changed();
  }
}

export function readProgram(address: URLSearchParams): ShellView {
  const can = (what: string) => !address.has(`no-${what}`);
  return {
    can: { tray: can('tray'), start_at_login: can('login'), shortcut: can('shortcut') },
    side: address.has('side'),
    shortcut: 'Ctrl+Alt+O',
    closing: address.has('closing'),
  };
}
