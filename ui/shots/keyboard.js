// Everything a clinician does, by keyboard alone, in the built screen.
//   npm run keyboard -- [pattern of names]
// One sentence for each thing that cannot be done so; ends with an error when there is one. Needs `npm run build` first.
import { Person } from './keyboard/person.js';
import { PROGRAM } from './keyboard/program.js';
import { TASKS } from './keyboard/tasks.js';
import { TOGETHER } from './keyboard/together.js';
import { Stage } from './stage.js';

const wanted = new RegExp(process.argv[2] ?? '');
const stage = await Stage.set();
/** @type {string[]} */
const failures = [];
let done = 0;

/** @param {string} name @param {() => Promise<void>} what */
async function attempt(name, what) {
  try {
    await what();
    done += 1;
  } catch (error) {
    failures.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : error}.`);
  }
}

for (const { name, world, viewport, does } of [...TASKS, ...TOGETHER, ...PROGRAM].filter((one) =>
  wanted.test(one.name),
)) {
  const page = await stage.enter(world, { viewport });
  page.on('pageerror', (error) => failures.push(`${name}: ${error.message}.`));
  await attempt(name, () => does(new Person(page)));
  await page.context().close();
}

await stage.strike();
console.log(`${done} done by keyboard alone.`);
for (const failure of failures) console.error(failure);
process.exit(failures.length > 0 ? 1 : 0);
