/** Looking for people and teams as one types (O3, O4), and those who were chosen. */
import type { ApiError } from '$lib/bindings/ApiError';
import type { Found } from '$lib/bindings/Found';
import { CallError, type Shell } from '$lib/shell/shell';
import { cleanLine } from '$lib/words/clean';

import { isTeam, keyOf, type Choice } from './choice';

const PAUSE = 120;
const MOST = 30;
/** Teams that stand before the people who were found, and after them. */
const MOST_TEAMS = 5;

export class PeopleSearch {
  query = $state('');
  found = $state.raw<Found | null>(null);
  failure = $state.raw<ApiError | null>(null);
  chosen = $state.raw<Choice[]>([]);
  /** The results are for the typed query: otherwise a key could choose a person with another name. */
  settled = $state(false);
  private withTeams = $state(false);
  private revision = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly shell: Shell,
    private acting: string,
    /** Those who cannot be chosen, because they are there already. */
    private readonly without: ReadonlySet<string> = new Set(),
    private readonly ownOnly = false,
    /** Teams are offered, too: not where it is about one colleague. */
    withTeams = false,
  ) {
    this.withTeams = withTeams;
  }

  /** Whether one can still be chosen. */
  mayChoose(one: Choice): boolean {
    const key = keyOf(one);
    if (this.without.has(key) || this.chosen.some((other) => keyOf(other) === key)) return false;
    return !(this.ownOnly && one.outside) && (this.withTeams || !isTeam(one));
  }

  /** Those found who can still be chosen. */
  readonly offered = $derived.by(() => {
    const open = (one: Choice) => this.mayChoose(one);
    // Without a name typed these are recent contacts, and teams are none.
    const teams = this.withTeams && this.query.trim() ? (this.found?.teams ?? []).filter(open) : [];
    const people = (this.found?.people ?? []).filter(open);
    // They are found by discipline and place, too; whose name it is comes first, for Enter takes the first.
    const named = (one: Choice) => one.named;
    const otherwise = (one: Choice) => !one.named;
    return [
      ...teams.filter(named).slice(0, MOST_TEAMS),
      ...people.filter(named),
      ...people.filter(otherwise),
      ...teams.filter(otherwise).slice(0, MOST_TEAMS),
    ];
  });

  /** Those chosen by name. */
  get members(): string[] {
    return this.chosen.filter((one) => !isTeam(one)).map(keyOf);
  }
  get teams(): string[] {
    return this.chosen.filter(isTeam).map(keyOf);
  }

  type(query: string): void {
    this.query = cleanLine(query);
    this.settled = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), PAUSE);
  }

  async look(): Promise<void> {
    const revision = ++this.revision;
    try {
      const found = await this.shell.call('find', {
        acting: this.acting,
        query: this.query.trim(),
        limit: MOST,
      });
      if (revision !== this.revision) return;
      this.found = found;
      this.failure = null;
      this.settled = true;
    } catch (thrown) {
      if (revision === this.revision) this.failure = CallError.from(thrown).why;
    }
  }

  choose(choice: Choice): void {
    this.chosen = [...this.chosen, choice];
    this.query = '';
    this.settled = false;
    clearTimeout(this.timer);
    void this.look();
  }

  remove(key: string): void {
    this.chosen = this.chosen.filter((one) => keyOf(one) !== key);
  }

  /** Another organisation finds others: who was chosen may not be among them. */
  actAs(acting: string): void {
    if (acting !== this.acting) this.chosen = [];
    this.acting = acting;
    this.found = null;
    this.settled = false;
    void this.look();
  }

  /** One colleague, and no team (S1, S3). */
  keepOne(): void {
    this.withTeams = false;
    this.chosen = this.chosen.filter((one) => !isTeam(one)).slice(0, 1);
  }

  offerTeams(): void {
    this.withTeams = true;
  }
}
