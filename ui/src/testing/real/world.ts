/** The world of the development server: a real sync-server, its people, and a real engine for each of them. */
import { inject, vi } from 'vitest';

import type { MessageText } from '$lib/bindings/MessageText';
import type { Row } from '$lib/bindings/Row';
import { RemoteShell, type DevServer } from '$lib/shell/remote';

declare module 'vitest' {
  interface ProvidedContext {
    devServer: DevServer;
  }
}

export type Person =
  | 'anna'
  | 'femke'
  | 'hanneke'
  | 'ineke'
  | 'joost'
  | 'karim'
  | 'lotte'
  | 'marieke'
  | 'mira'
  | 'noor'
  | 'pieter'
  | 'rob'
  | 'sanne';

interface PersonView {
  person: string;
  membership: string;
  login: string;
  name: string;
}

interface WorldView {
  now: number;
  server: string;
  password: string;
  people: Record<Person, PersonView>;
  organisations: Record<string, string>;
  teams: Record<string, string>;
  items: Record<string, string>;
}

/** How long something that has to come by way of the server may take. */
const PATIENCE = { timeout: 30_000, interval: 25 };
/** The placeholder of a mention in a body. */
export const MENTION = '\u{FFFC}';

export class World {
  private readonly colleagues = new Map<Person, Colleague>();
  /** The time, which stands still until it is advanced. */
  now: number;

  private constructor(
    private readonly server: DevServer,
    readonly view: WorldView,
  ) {
    this.now = view.now;
  }

  /** The world as it was at the start, with nothing of what tests before did to it. */
  static async reset(): Promise<World> {
    const server = inject('devServer');
    return new World(server, await ask<WorldView>(server, 'reset'));
  }

  /** Somebody at a device of their own, without a screen. */
  as(person: Person): Colleague {
    const known = this.colleagues.get(person);
    if (known) return known;
    const colleague = new Colleague(this, this.shell(person), this.view.people[person]);
    this.colleagues.set(person, colleague);
    return colleague;
  }

  /** A new shell on the engine of somebody. */
  shell(person: Person): RemoteShell {
    return new RemoteShell(this.server, person);
  }

  membership(person: Person): string {
    return this.view.people[person].membership;
  }

  name(person: Person): string {
    return this.view.people[person].name;
  }

  /** The id of an item by its title. */
  item(title: string): string {
    return (this.view.items[title] ?? '').replace('overleg://item/', '');
  }

  async offline(person: Person): Promise<void> {
    await ask(this.server, `offline/${person}`);
  }

  async online(person: Person): Promise<void> {
    await ask(this.server, `online/${person}`);
  }

  /** Time goes on: at the server, at all devices, and on the screen. */
  async advance(milliseconds: number): Promise<void> {
    this.now = (await ask<WorldView>(this.server, 'advance', { milliseconds })).now;
    vi.setSystemTime(this.now);
  }

  /** The system of somebody opens Overleg with a link. */
  async opens(person: Person, link: string): Promise<void> {
    await ask(this.server, `link/${person}`, { link });
  }

  /** A request of the operator. */
  administer<T>(request: { do: string } & Record<string, unknown>): Promise<T> {
    return ask<T>(this.server, 'administer', request);
  }

  /** The link with which somebody signs in for the first time. */
  async invite(person: Person): Promise<string> {
    const request = { do: 'person_invite', person: this.view.people[person].person };
    const { invitation } = await this.administer<{ invitation: { code: string } }>(request);
    return `${this.view.server}/#invite=${invitation.code}`;
  }

  /** Nobody listens any more. */
  async close(): Promise<void> {
    await Promise.all([...this.colleagues.values()].map((one) => one.shell.close()));
  }
}

async function ask<T>(server: DevServer, route: string, body: object = {}): Promise<T> {
  const response = await fetch(`${server.url}/world/${route}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`the development server said ${JSON.stringify(answer)} of ${route}`);
  return answer as T;
}

/** Somebody who consults without a screen, by the requests that a screen would make. */
export class Colleague {
  constructor(
    private readonly world: World,
    readonly shell: RemoteShell,
    readonly me: PersonView,
  ) {}

  /** Starts a group with these people, and says something in it if that is given. */
  async group(subject: string, people: Person[], text: string | null = null): Promise<string> {
    for (const person of people) await this.knows(person);
    return this.start({ shape: 'group' }, people, subject, text);
  }

  async direct(person: Person, text: string): Promise<string> {
    await this.knows(person);
    return this.start({ shape: 'direct' }, [person], null, text);
  }

  /** Starts a conversation about an item with one colleague. */
  async about(item: string, person: Person, text: string): Promise<string> {
    await this.knows(person);
    return this.start({ shape: 'item', item }, [person], null, text);
  }

  private async start(
    shape: { shape: 'group' | 'direct' } | { shape: 'item'; item: string },
    people: Person[],
    subject: string | null,
    text: string | null,
  ): Promise<string> {
    const id = await this.shell.call('start', {
      acting: this.me.membership,
      shape,
      with: people.map((one) => this.world.membership(one)),
      teams: [],
      subject,
      text: text === null ? null : { body: text },
      attachments: false,
      urgent: null,
    });
    await this.hasSent();
    return id;
  }

  async says(conversation: string, body: string, mentions: Person[] = []): Promise<void> {
    const text: MessageText = { body };
    if (mentions.length > 0) text.mentions = mentions.map((one) => this.world.membership(one));
    const draft = { text, reply_to: null, editing: null };
    await this.shell.call('save_draft', { conversation, draft });
    await this.shell.call('send', { conversation });
    await this.hasSent();
  }

  async adds(conversation: string, person: Person): Promise<void> {
    await this.knows(person);
    const members = [this.world.membership(person)];
    await this.shell.call('add', { conversation, members, teams: [], share_from: null, previewed: null });
    await this.hasSent();
  }

  /** Finds somebody, as one does before starting a conversation. */
  private async knows(person: Person): Promise<void> {
    const { membership, name } = this.world.view.people[person];
    await vi.waitFor(async () => {
      const found = await this.shell.call('find', { acting: this.me.membership, query: name, limit: 20 });
      if (!found.people.some((one) => one.membership === membership)) throw new Error(`${name} is not found`);
    }, PATIENCE);
  }

  /** Waits until all that was done here was accepted by the server, or refused. */
  async hasSent(): Promise<void> {
    await vi.waitFor(async () => {
      const { waiting } = await this.shell.call('sync_status', {});
      if (waiting > 0) throw new Error(`${waiting} still wait`);
    }, PATIENCE);
  }

  async rows(conversation: string): Promise<Row[]> {
    const timeline = await this.shell.call('timeline', { conversation, at: { at: 'end' }, limit: 200 });
    return timeline.rows;
  }

  /** The messages that one sees, as they read. */
  async texts(conversation: string): Promise<string[]> {
    return (await this.rows(conversation)).flatMap((row) =>
      row.row === 'message' ? [row.body.body === 'said' ? row.body.text.body : `[${row.body.body}]`] : [],
    );
  }

  /** Waits until a message reads so. */
  async sees(conversation: string, text: string): Promise<void> {
    await vi.waitFor(async () => {
      const texts = await this.texts(conversation);
      if (!texts.includes(text)) throw new Error(`${this.me.name} sees ${JSON.stringify(texts)}`);
    }, PATIENCE);
  }

  /** Waits until the conversation is there, or until it is not. */
  async has(conversation: string, there = true): Promise<void> {
    await vi.waitFor(async () => {
      const found = await this.shell.call('conversation', { conversation }).then(
        () => true,
        () => false,
      );
      if (found !== there) throw new Error(`${this.me.name} has it: ${found}`);
    }, PATIENCE);
  }

  /** The names of who takes part, as one sees them. */
  async participants(conversation: string): Promise<string[]> {
    const { participants } = await this.shell.call('conversation', { conversation });
    return participants.map(({ name }) => [name.given, name.prefix, name.family].filter(Boolean).join(' '));
  }
}
