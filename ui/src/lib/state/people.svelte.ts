/** Looking for people as one types (O3), and those who were chosen. */
import type { DoorError } from '$lib/bindings/DoorError';
import type { Found } from '$lib/bindings/Found';
import type { FoundPerson } from '$lib/bindings/FoundPerson';
import { CallError, type Shell } from '$lib/shell/shell';

const PAUSE = 120;
const MOST = 30;

export class PeopleSearch {
  query = $state('');
  found = $state.raw<Found | null>(null);
  failure = $state.raw<DoorError | null>(null);
  chosen = $state.raw<FoundPerson[]>([]);
  /** What was found is what was asked: else a key could choose someone whom the typed name does not mean. */
  settled = $state(false);
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly shell: Shell,
    private acting: string,
    /** Those who cannot be chosen, because they are there already. */
    private readonly without: ReadonlySet<string> = new Set(),
    private readonly ownOnly = false,
  ) {}

  /** Those found who can still be chosen. */
  readonly offered = $derived.by(() => {
    const chosen = new Set(this.chosen.map((one) => one.membership));
    return (this.found?.people ?? []).filter(
      (one) =>
        !chosen.has(one.membership) && !this.without.has(one.membership) && !(this.ownOnly && one.outside),
    );
  });

  type(query: string): void {
    this.query = query;
    this.settled = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), PAUSE);
  }

  async look(): Promise<void> {
    const turn = ++this.turn;
    try {
      const found = await this.shell.call('find', {
        acting: this.acting,
        query: this.query.trim(),
        limit: MOST,
      });
      if (turn !== this.turn) return;
      this.found = found;
      this.failure = null;
      this.settled = true;
    } catch (thrown) {
      if (turn === this.turn) this.failure = CallError.from(thrown).why;
    }
  }

  choose(person: FoundPerson): void {
    this.chosen = [...this.chosen, person];
    this.query = '';
    this.settled = false;
    clearTimeout(this.timer);
    void this.look();
  }

  remove(membership: string): void {
    this.chosen = this.chosen.filter((one) => one.membership !== membership);
  }

  /** Another organisation finds others: who was chosen may not be among them. */
  actAs(acting: string): void {
    if (acting !== this.acting) this.chosen = [];
    this.acting = acting;
    this.found = null;
    this.settled = false;
    void this.look();
  }

  keepOne(): void {
    this.chosen = this.chosen.slice(0, 1);
  }
}
