// Everything a clinician does, by keyboard alone, by ear, in the system's own colours, and for long, in the built screen; and how
// many clicks and seconds a consult takes.
//   npm run keyboard -- [pattern of names]
// One sentence for each thing that is wrong; ends with an error when there is one. Needs `npm run build` first.
import { arrivals, LANGUAGES, ROOMS, sentences } from './keyboard/screen-reader.js';
import { Person } from './keyboard/person.js';
import { PROGRAM } from './keyboard/program.js';
import { keptViews } from './keyboard/memory.js';
import { efforts } from './keyboard/effort.js';
import { looks, MAIN_SCENES } from './keyboard/display-modes.js';
import { AVAILABILITY_TASKS } from './keyboard/availability.js';
import { FILE_TASKS } from './keyboard/files.js';
import { TASKS } from './keyboard/tasks.js';
import { MORE_TASKS } from './keyboard/more-tasks.js';
import { Preview } from './preview.js';

const wanted = new RegExp(process.argv[2] ?? '');
const preview = await Preview.open();
/** @type {string[]} */
const failures = [];
let done = 0;

/** @param {string} name @param {() => Promise<string[] | void>} what tells what is wrong, or throws it */
async function attempt(name, what) {
  if (!wanted.test(name)) return;
  const wrong = await what().catch((error) => [error.message.split('\n')[0]]);
  for (const one of wrong ?? []) failures.push(`${name}: ${one}.`);
  if (!wrong?.length) done += 1;
}

for (const { name, world, viewport, does } of [
  ...TASKS,
  ...MORE_TASKS,
  ...FILE_TASKS,
  ...AVAILABILITY_TASKS,
  ...PROGRAM,
]) {
  await attempt(name, async () => {
    const page = await preview.enter(world, { viewport });
    page.on('pageerror', (error) => failures.push(`${name}: ${error.message}.`));
    try {
      await does(new Person(page));
    } finally {
      await page.context().close();
    }
  });
}

for (const lang of LANGUAGES) {
  for (const room of ROOMS)
    await attempt(`listening to ${room.world} (${lang})`, () => sentences(preview, lang, room));
  await attempt(`listening to what comes in (${lang})`, () => arrivals(preview, lang));
}

await efforts(preview, attempt);

await attempt('switching for long', () => keptViews(preview));

for (const scene of MAIN_SCENES) await attempt(`looking at ${scene.name}`, () => looks(preview, scene));

await preview.close();
console.log(`${done} done.`);
for (const failure of failures) console.error(failure);
process.exit(failures.length > 0 ? 1 : 0);
