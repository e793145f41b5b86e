/** Fake of the program: a browser has no tray and no window to control, so requests are only recorded. */
import type { AttachTo } from '$lib/bindings/AttachTo';
import type { NotificationObstacle } from '$lib/bindings/NotificationObstacle';
import type { NotificationTrial } from '$lib/bindings/NotificationTrial';
import type { OperatingSystem } from '$lib/bindings/OperatingSystem';
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
    return name === 'try_notification' ? this.view : { ...this.view, trial: null };
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
    trial: readTrial(address),
  };
}

/** The outcome of a trial, if one is sent: `trial=focus&trial=silent`, with `system=windows`. */
function readTrial(address: URLSearchParams): NotificationTrial {
  const named = address.getAll('trial').filter(Boolean);
  const has = (...names: string[]) => names.some((name) => named.includes(name));
  const system = (address.get('system') ?? 'linux') as OperatingSystem;
  return {
    system,
    sent: !has('no_server', 'not_sent'),
    sound: has('silent', 'silent_forced')
      ? 'off'
      : has('no_sound_device')
        ? 'no_device'
        : has('focus', 'turned_off', 'turned_off_for_overleg', 'system_policy')
          ? 'held_back'
          : 'played',
    knows_focus: system === 'linux' && !has('unknown_focus'),
    obstacles: named.filter((name) => name !== 'unknown_focus').map(readObstacle),
  };
}

function readObstacle(name: string): NotificationObstacle {
  const until = new Date(Date.now()).setHours(23, 30, 0, 0);
  if (name === 'silent_forced') return { obstacle: 'silent', forced: true };
  if (name === 'quiet_hours' || name === 'outside_work') return { obstacle: name, until };
  return { obstacle: name, forced: false } as NotificationObstacle;
}
