// @vitest-environment node
import { describe, expect, it } from 'vitest';

import { problems, upward } from './layers.js';

describe('the folders of src/lib', () => {
  it('import only from folders below them', () => {
    expect(problems()).toEqual([]);
  });

  it('are checked: an import that goes up or sideways is found', () => {
    expect(upward('state/app.svelte.ts', "import { m } from '$lib/words/format';")).toEqual([]);
    expect(upward('shell/fake/shell.ts', "import type { Shell } from '../shell';")).toEqual([]);
    expect(upward('screens/lazy-screens.svelte.ts', "screens ??= await import('./screens');")).toEqual([]);
    expect(
      upward('words/timeline-layout.ts', "import { rowKey } from '$lib/state/timeline.svelte';"),
    ).toEqual(['src/lib/words/timeline-layout.ts: words must not import state/timeline.svelte']);
    expect(
      upward('words/timeline-layout.ts', "import type {\n  Icon,\n} from '../parts/icons';"),
    ).toHaveLength(1);
  });
});
