import { describe, expect, it, vi } from 'vitest';

import { FakeShell } from '$lib/shell/fake/shell';
import { readSetting, type Setting } from '$lib/shell/fake/settings';

import { NOTHING_LEFT_OUT } from './only';
import { OverviewState } from './overview.svelte';

function begin(world: string, changed: Partial<Setting> = {}) {
  const shell = new FakeShell({ ...readSetting(new URLSearchParams(world)), ...changed });
  return { shell, overview: new OverviewState(shell) };
}

function there({ rows }: OverviewState): number[] {
  return [...(rows ?? []).entries()].flatMap(([at, row]) => (row ? [at] : []));
}

describe('the overview', () => {
  // L1, U4
  it('holds of ten thousand conversations the stretch that one looks at, and has a place for each', async () => {
    const { overview } = begin('fake=many&many=10000');
    await overview.refresh();
    expect(overview.rows).toHaveLength(10_000);
    expect(there(overview)).toHaveLength(100);
    overview.look(7300, 7320);
    await overview.refresh();
    const [first, ...others] = there(overview);
    expect(first).toBe(7200);
    expect(others.length + 1).toBeLessThanOrEqual(300);
    expect(others.at(-1)).toBeGreaterThan(7360);
  });

  // L1
  it('asks for nothing while one looks at what is there', async () => {
    const { shell, overview } = begin('fake=many');
    await overview.refresh();
    const call = vi.spyOn(shell, 'call');
    overview.look(3, 20);
    expect(call).not.toHaveBeenCalled();
    overview.look(60, 80);
    expect(call).toHaveBeenCalledOnce();
  });

  // U1
  it('keeps the row that has the keyboard, however far away one looks', async () => {
    const { overview } = begin('fake=many');
    await overview.refresh();
    overview.held = overview.rows?.[4]?.conversation ?? null;
    await overview.reach(900);
    expect(overview.rows?.[900]).not.toBeNull();
    expect(there(overview)[0]).toBe(4);
  });

  // L2, U4
  /** Lets what waits for answers go on. */
  async function turns() {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }

  it('shows no answer to what is not asked any more', async () => {
    let release: (() => void)[] = [];
    const { overview } = begin('fake=demo', {
      answer: () => new Promise((done) => release.push(done)),
    });
    const answerAll = async () => {
      while (release.length > 0) {
        const ready = release;
        release = [];
        for (const done of ready) done();
        await turns();
      }
    };
    const first = overview.refresh();
    await answerAll();
    await first;
    const all = overview.rows;
    const archived = overview.choose('archived');
    const active = overview.choose('active');
    release.shift()?.();
    await turns();
    expect(overview.rows).toBe(all);
    await answerAll();
    await Promise.all([archived, active]);
    expect(overview.rows?.some((row) => row?.archived)).toBe(false);
  });

  // L2
  it('is in the order and as narrow as the settings say', async () => {
    const { overview } = begin('fake=items');
    await overview.arrange('subject', { ...NOTHING_LEFT_OUT, item_type: 'Melding' });
    await overview.refresh();
    expect(overview.rows?.map((row) => row?.title)).toEqual([
      'Eerste opvang na de val',
      'Valincident mevrouw D., kamer 12',
    ]);
    await overview.arrange('latest', NOTHING_LEFT_OUT);
    expect(overview.rows?.length).toBeGreaterThan(8);
  });

  // L1
  it('shows what is left at the end where there are fewer than there were', async () => {
    const { shell, overview } = begin('fake=many');
    await overview.refresh();
    await overview.reach(990);
    for (const id of [...shell.world.conversations.keys()].slice(500)) shell.world.conversations.delete(id);
    await overview.refresh();
    expect(overview.rows).toHaveLength(500);
    expect(there(overview).at(-1)).toBe(499);
  });

  // U3
  it('finds the first with which something is the matter, wherever it stands', async () => {
    const { shell, overview } = begin('fake=refused');
    const wound = shell.world.conversation('wond');
    if (wound) wound.archived = true;
    const found = await overview.first((row) => row.failed > 0);
    expect(found?.conversation).toBe('wond');
  });

  // L1
  it('shows each conversation once when the order changes between two stretches', async () => {
    const { shell, overview } = begin('fake=many');
    await overview.refresh();
    overview.look(95, 110);
    await overview.refresh();
    shell.say('veel-500', 'm-bram', 'Nieuws.');
    await overview.refresh();
    const ids = (overview.rows ?? []).flatMap((row) => row?.conversation ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
