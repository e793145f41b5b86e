/** Fake of the devices on which the user is signed in. */
import type { SignedInDevice } from '$lib/bindings/SignedInDevice';

import { CallError } from '../shell';

const DAY = 24 * 60 * 60_000;

export class FakeDevices {
  private devices: SignedInDevice[];

  constructor(
    now: number,
    private readonly online: () => boolean,
  ) {
    const device = (session: string, name: string, platform: string, lastUsed: number): SignedInDevice => ({
      session,
      name,
      platform,
      since: now - 20 * DAY,
      last_used: now - lastUsed,
      own: session === 'deze',
    });
    this.devices = [
      device('deze', 'PRAKTIJK-WS-014', 'windows', 0),
      device('laptop', 'MacBook van Anna van den Berg-Verantwoordelijkheidsverdeling', 'macos', 3 * DAY),
      device('oud', '', 'windows', 19 * DAY),
    ];
  }

  list(): SignedInDevice[] {
    if (!this.online()) throw new CallError({ error: 'unreachable' });
    return this.devices;
  }

  /** The password that one signs in with is what the fake takes for any: twelve characters. */
  changePassword(current: string, password: string): null {
    this.list();
    if (current.length < 12) throw new CallError({ error: 'server', code: 'wrong_password' });
    if (password.startsWith('welkom')) throw new CallError({ error: 'server', code: 'password_too_easy' });
    this.devices = this.devices.filter((one) => one.own);
    return null;
  }

  signOut(session: string): SignedInDevice[] {
    this.devices = this.list().filter((one) => one.session !== session);
    return this.devices;
  }
}
