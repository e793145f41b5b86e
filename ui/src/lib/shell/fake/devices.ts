/** Fake of the devices on which the user is signed in. */
import type { Devices } from '$lib/bindings/Devices';
import type { EndReason } from '$lib/bindings/EndReason';
import type { SignedInDevice } from '$lib/bindings/SignedInDevice';

import { CallError } from '../shell';

const DAY = 24 * 60 * 60_000;

export class FakeDevices {
  private devices: Devices;

  constructor(
    private readonly now: () => number,
    private readonly online: () => boolean,
    /** Sessions that ended before. */
    ended: EndReason[],
  ) {
    const device = (session: string, name: string, platform: string, lastUsed: number): SignedInDevice => ({
      session,
      name,
      platform,
      since: now() - 20 * DAY,
      last_used: now() - lastUsed,
      own: session === 'deze',
    });
    const signed_in = [
      device('deze', 'PRAKTIJK-WS-014', 'windows', 0),
      device('laptop', 'MacBook van Anna van den Berg-Verantwoordelijkheidsverdeling', 'macos', 3 * DAY),
      device('oud', '', 'windows', 19 * DAY),
    ];
    const signed_out = ended.map((reason, at) => ({
      session: `af-${at}`,
      name: at === 0 ? 'PRAKTIJK-WS-009' : '',
      platform: 'windows',
      end: { at: now() - (at + 1) * DAY, reason },
    }));
    this.devices = { signed_in, signed_out };
  }

  list(): Devices {
    if (!this.online()) throw new CallError({ error: 'unreachable' });
    return this.devices;
  }

  /** The password that one signs in with is what the fake takes for any: twelve characters. */
  changePassword(current: string, password: string): null {
    this.list();
    if (current.length < 12) throw new CallError({ error: 'server', code: 'wrong_password' });
    if (password.startsWith('welkom')) throw new CallError({ error: 'server', code: 'password_too_easy' });
    this.end((one) => !one.own, 'password_changed');
    return null;
  }

  signOut(session: string): Devices {
    this.list();
    this.end((one) => one.session === session, 'other_device');
    return this.devices;
  }

  private end(which: (one: SignedInDevice) => boolean, reason: EndReason): void {
    const { signed_in, signed_out } = this.devices;
    const end = { at: this.now(), reason };
    const ended = signed_in
      .filter(which)
      .map(({ session, name, platform }) => ({ session, name, platform, end }));
    this.devices = {
      signed_in: signed_in.filter((one) => !which(one)),
      signed_out: [...ended, ...signed_out],
    };
  }
}
