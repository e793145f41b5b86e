/** Colleagues who are away, and who covers for them (O5); and the user's own working days. */
import type { ApiError } from '$lib/bindings/ApiError';
import type { Availability } from '$lib/bindings/Availability';
import type { Card } from '$lib/bindings/Card';
import type { OwnAvailability } from '$lib/bindings/OwnAvailability';
import type { PresenceView } from '$lib/bindings/PresenceView';
import type { Weekday } from '$lib/bindings/Weekday';
import { CallError } from '$lib/shell/shell';

import { fullName, PEOPLE, type Key } from './people';
import type { World } from './world';

const DAY = 24 * 60 * 60_000;
const UNREACHABLE: ApiError = { error: 'unreachable' };

type Given = Partial<Omit<PresenceView, 'cover'>> & { cover?: { colleague: Key } | { team: string } };

export class Presences {
  private readonly own = new Map<string, Availability>();
  private readonly hidden = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly now: () => number,
    /** Colleagues are away; else nothing is known of anybody. */
    private readonly isKnown: boolean,
    private readonly online: () => boolean,
  ) {}

  /** `null` where nothing is known. */
  of(membership: string, withCover = true): PresenceView | null {
    const key = (Object.keys(PEOPLE) as Key[]).find((one) => PEOPLE[one].membership === membership);
    const given = this.isKnown && key ? this.known()[key] : undefined;
    if (!given) return null;
    const { cover, ...rest } = given;
    const said = { works: [], note: '', absent: null, planned: null, until: null, ...rest };
    return { ...said, cover: withCover && cover ? this.cover(cover) : null };
  }

  private known(): Partial<Record<Key, Given>> {
    const back = (days: number, has_time: boolean) => {
      const at = this.day(days);
      at.setHours(8, 30, 0, 0);
      return { at: at.getTime(), date: written(at), has_time };
    };
    const absence = (from: number, until: number) => ({
      from: written(this.day(from)),
      until: written(this.day(until)),
    });
    return {
      bram: {
        works: ['tuesday', 'thursday'],
        absent: { by: null, back: back(1, true) },
        cover: { team: 'team-wond' },
      },
      noor: {
        works: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
        absent: { by: absence(-3, 12), back: back(13, true) },
        cover: { colleague: 'sanneO' },
        note: 'Spoed via de dienstdoende geriater, sein 4410.',
      },
      sanneO: { works: ['monday'], absent: { by: null, back: back(4, true) } },
      joost: { works: ['monday', 'tuesday'], planned: absence(3, 9), cover: { colleague: 'meryem' } },
      meryem: { works: ['monday', 'tuesday', 'wednesday', 'friday'] },
      pieter: { absent: { by: absence(0, 2), back: back(3, false) } },
      long: {
        works: ['monday', 'wednesday', 'friday'],
        absent: { by: absence(-3, 200), back: back(201, true) },
        cover: { team: 'team-lang' },
        note: 'Arbeidsongeschiktheidsbeoordelingen alleen na overleg met het kaakgewrichtsproblematiekspreekuur.',
      },
    };
  }

  private day(ahead: number): Date {
    return new Date(this.now() + ahead * DAY);
  }

  private cover(cover: { colleague: Key } | { team: string }): PresenceView['cover'] {
    const outside = (organisation: string) => organisation !== this.world.mine[0]?.organisation;
    if ('colleague' in cover) {
      const card = PEOPLE[cover.colleague];
      const person = {
        ...card,
        outside: outside(card.organisation),
        namesake: false,
        named: true,
        direct: null,
        presence: this.of(card.membership, false),
      };
      return { name: fullName(card), person, team: null };
    }
    const team = this.world.teams.get(cover.team);
    if (!team) return null;
    const found = { ...team.card, outside: outside(team.card.organisation), namesake: false, named: true };
    return { name: team.card.name, person: null, team: found };
  }

  isInsideOnly(membership: string): boolean {
    if (!this.online()) throw new CallError(UNREACHABLE);
    return this.hidden.has(membership);
  }

  hide(membership: string, hidden: boolean): null {
    if (!this.online()) throw new CallError(UNREACHABLE);
    if (hidden) this.hidden.add(membership);
    else this.hidden.delete(membership);
    return null;
  }

  mine(): OwnAvailability[] {
    return this.world.mine.map((card) => this.ownOf(card));
  }

  set(membership: string, availability: Availability): OwnAvailability[] {
    if (!this.online()) throw new CallError(UNREACHABLE);
    this.own.set(membership, availability);
    return this.mine();
  }

  private ownOf(card: Card): OwnAvailability {
    const availability = this.own.get(card.membership) ?? { time_zone: 'Europe/Amsterdam' };
    const { cover } = availability;
    const key = (Object.keys(PEOPLE) as Key[]).find(
      (one) => cover?.by === 'colleague' && PEOPLE[one].membership === cover.membership,
    );
    const given = key ? { colleague: key } : cover?.by === 'team' ? { team: cover.team } : null;
    const works: Weekday[] = (availability.week ?? []).map((one) => one.day);
    const today = written(this.day(0));
    const { absence } = availability;
    const isAway = absence && absence.from <= today && today <= absence.until;
    return {
      membership: card.membership,
      function: card.function,
      organisation: card.organisation_name,
      unit: card.unit_name,
      availability,
      presence: {
        works,
        note: availability.note ?? '',
        absent: isAway ? { by: absence, back: null } : null,
        planned: absence && today < absence.from ? absence : null,
        cover: given && this.cover(given),
        until: null,
      },
    };
  }
}

function written(day: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
