// A page that shows all pictures of a folder side by side: a row for each scene, a column for each way of looking at it.
//   npm run shots:page -- <folder>
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? '';
if (folder === '') throw new Error('Which folder?');

/** @param {string} at @returns {string[]} */
function pictures(at) {
  return readdirSync(join(folder, at))
    .sort()
    .flatMap((name) => {
      const path = join(at, name);
      if (statSync(join(folder, path)).isDirectory()) return pictures(path);
      return name.endsWith('.png') ? [path] : [];
    });
}

/** Of `overview.nl.dark.200.png` the scene and how it is seen; of a story's picture its folder and its name.
 * @param {string} path */
function partsOf(path) {
  const parts = path.replace(/\.png$/u, '').split('/');
  const name = parts.pop() ?? '';
  const [scene, ...how] = name.split('.');
  return how.length > 0
    ? { group: parts.join('/'), scene: scene ?? name, how: how.join(' ') }
    : { group: parts.slice(0, -1).join('/'), scene: parts.at(-1) ?? '', how: name };
}

/** @type {Map<string, Map<string, { how: string, path: string }[]>>} */
const groups = new Map();
for (const path of pictures('')) {
  const { group, scene, how } = partsOf(path);
  const scenes = groups.get(group) ?? new Map();
  groups.set(group, scenes.set(scene, [...(scenes.get(scene) ?? []), { how, path }]));
}

/** @param {string} text */
const safe = (text) => text.replace(/[&<>"]/gu, (one) => `&#${one.codePointAt(0)};`);
const body = [...groups].map(
  ([group, scenes]) =>
    `<h2>${safe(group)}</h2>` +
    [...scenes]
      .map(
        ([scene, seen]) =>
          `<section><h3>${safe(scene)}</h3><div>${seen
            .map(
              ({ how, path }) =>
                `<figure class="${safe(how)}"><a href="${safe(path)}"><img loading="lazy" src="${safe(path)}" alt="${safe(`${scene}, ${how}`)}"></a><figcaption>${safe(how)}</figcaption></figure>`,
            )
            .join('')}</div></section>`,
      )
      .join(''),
);
writeFileSync(
  join(folder, 'index.html'),
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Overleg: every screen and state</title>
<style>
  body { font: 14px/1.4 system-ui, sans-serif; margin: 24px; background: #ddd; color: #222 }
  section { margin-bottom: 24px } h3 { margin: 0 0 6px; position: sticky; left: 0 }
  div { display: flex; gap: 12px; overflow-x: auto; align-items: flex-start }
  figure { margin: 0; flex: none } img { height: 360px; display: block; background: #fff; box-shadow: 0 1px 4px #0006 }
  figcaption { color: #555 }
</style>
<h1>Every screen and state</h1>
${body.join('\n')}
</html>
`,
);
const many = [...groups.values()].flatMap((scenes) => [...scenes.values()]).flat().length;
console.log(`${many} pictures on ${join(folder, 'index.html')}`);
