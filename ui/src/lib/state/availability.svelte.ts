/** When the user works and who covers (O5): as the device knows it, and the form in which it is changed. */
import type { ApiError } from '$lib/bindings/ApiError';
import type { Availability } from '$lib/bindings/Availability';
import type { OwnAvailability } from '$lib/bindings/OwnAvailability';
import type { Weekday } from '$lib/bindings/Weekday';
import { CallError, type Shell } from '$lib/shell/shell';
import { cleanLine } from '$lib/words/clean';
import { today, readDate, readTime, writeDate } from '$lib/words/calendar';
import { WEEK } from '$lib/words/presence';

import { coverOf, isTeam, keyOf, type Choice } from './choice';
import { PeopleSearch } from './people.svelte';
import { Refresh } from './refresh';

/** Characters of a note. */
export const LONGEST_NOTE = 300;

export class AvailabilityState {
  /** By each membership; `null` until the first answer. */
  own = $state.raw<OwnAvailability[] | null>(null);
  failure = $state.raw<ApiError | null>(null);
  /** The membership whose form is open, or is about to be. */
  editing = $state<string | null>(null);
  private readonly asking = new Refresh(() => this.look());
  private wanted = false;

  constructor(private readonly shell: Shell) {}

  /** No working days are filled in at any place, as far as is known. */
  get weekUnknown(): boolean {
    const { own } = this;
    return own !== null && own.length > 0 && own.every(({ availability }) => !availability.week?.length);
  }

  load(): Promise<void> {
    this.wanted = true;
    return this.asking.now();
  }

  /** Again, once it was looked at. */
  refresh(): Promise<void> {
    return this.wanted ? this.asking.now() : Promise.resolve();
  }

  private async look(): Promise<void> {
    try {
      this.own = await this.shell.call('own_availability', {});
      this.failure = null;
    } catch (thrown) {
      this.failure = CallError.from(thrown).why;
    }
  }
}

interface Day {
  day: Weekday;
  works: boolean;
  from: string;
  to: string;
}

/** Hours of a day about which nothing is known. */
const USUAL = { from: '08:30', to: '17:00' };

/** The form for one membership. */
export class AvailabilityForm {
  days = $state<Day[]>([]);
  onHolidays = $state(false);
  away = $state(false);
  from = $state('');
  until = $state('');
  note = $state('');
  readonly cover: PeopleSearch;
  /** Found inside the own organisation alone (O6); `null` while the server has not said. */
  insideOnly = $state<boolean | null>(null);
  private wasInsideOnly = false;
  busy = $state(false);
  failure = $state.raw<ApiError | null>(null);
  /** The user tried to save: from then on it is said what is missing or wrong. */
  tried = $state(false);
  /** Not shown, and kept. */
  private readonly timeZone: string;
  /** One who covers whom this device does not know. */
  private readonly unknownCover: Availability['cover'] | null;

  constructor(
    private readonly shell: Shell,
    readonly of: OwnAvailability,
  ) {
    const { availability } = of;
    const known = new Map((availability.week ?? []).map((one) => [one.day, one.hours]));
    this.days = WEEK.map((day) => {
      const hours = known.get(day);
      return { day, works: known.has(day), from: hours?.from ?? '', to: hours?.to ?? '' };
    });
    this.onHolidays = availability.works_on_holidays ?? false;
    this.timeZone = availability.time_zone;
    // One that is over is none.
    const absence = (availability.absence?.until ?? '') >= today() ? availability.absence : undefined;
    this.away = absence !== undefined;
    this.from = writeDate(absence?.from ?? today());
    this.until = writeDate(absence?.until ?? '');
    this.note = availability.note ?? '';
    this.cover = new PeopleSearch(shell, of.membership, new Set([of.membership]), true, true);
    const cover = of.presence && coverOf(of.presence);
    this.unknownCover = cover ? null : (availability.cover ?? null);
    if (cover) this.cover.choose(cover);
    else void this.cover.look();
    void this.askInsideOnly();
  }

  private async askInsideOnly(): Promise<void> {
    try {
      this.insideOnly = await this.shell.call('inside_only', { membership: this.of.membership });
      this.wasInsideOnly = this.insideOnly;
    } catch {
      // Without the server it is not known, and not offered.
    }
  }

  /** A day begins with the hours of the last one before it, for most work the same. */
  work(day: Day, works: boolean): void {
    day.works = works;
    if (!works || day.from || day.to) return;
    const before = this.days.filter((one) => one.works && one !== day && one.from && one.to).at(-1);
    day.from = before?.from ?? USUAL.from;
    day.to = before?.to ?? USUAL.to;
  }

  /** An hour that is none; a day without both hours is a whole day. */
  isWrong(day: Day, text: string): boolean {
    const wholeDay = !day.from.trim() && !day.to.trim();
    return day.works && !wholeDay && readTime(text) === null;
  }

  /** The hours end on the next day. */
  endsNextDay({ works, from, to }: Day): boolean {
    const [begins, ends] = [readTime(from), readTime(to)];
    return works && begins !== null && ends !== null && ends <= begins;
  }

  get absence(): { from: string; until: string } | null {
    const from = readDate(this.from);
    const until = readDate(this.until, from ?? undefined);
    return from && until ? { from, until } : null;
  }

  get noteLeft(): number {
    return LONGEST_NOTE - [...this.note.trim()].length;
  }

  get complete(): boolean {
    const hours = this.days.every((day) => !this.isWrong(day, day.from) && !this.isWrong(day, day.to));
    return hours && (!this.away || this.absence !== null) && this.noteLeft >= 0;
  }

  private get availability(): Availability {
    const [chosen] = this.cover.chosen;
    const cover = chosen ? named(chosen) : this.unknownCover;
    return {
      time_zone: this.timeZone,
      week: this.days
        .filter((day) => day.works)
        .map(({ day, from, to }) => {
          const [begins, ends] = [readTime(from), readTime(to)];
          return begins !== null && ends !== null ? { day, hours: { from: begins, to: ends } } : { day };
        }),
      works_on_holidays: this.onHolidays,
      ...(this.away && this.absence ? { absence: this.absence } : {}),
      ...(cover ? { cover } : {}),
      note: cleanLine(this.note).trim(),
    };
  }

  /** Whether it was saved. What was filled in stays where it was not. */
  async save(): Promise<boolean> {
    this.tried = true;
    if (!this.complete || this.busy) return false;
    this.busy = true;
    this.failure = null;
    try {
      const { membership } = this.of;
      // First: a professional who hides may be covered for by others who do.
      if (this.insideOnly !== null && this.insideOnly !== this.wasInsideOnly) {
        await this.shell.call('set_inside_only', { membership, inside_only: this.insideOnly });
        this.wasInsideOnly = this.insideOnly;
      }
      await this.shell.call('set_availability', { membership, availability: this.availability });
      return true;
    } catch (thrown) {
      this.failure = CallError.from(thrown).why;
      return false;
    } finally {
      this.busy = false;
    }
  }
}

function named(cover: Choice): NonNullable<Availability['cover']> {
  return isTeam(cover) ? { by: 'team', team: cover.team } : { by: 'colleague', membership: keyOf(cover) };
}
