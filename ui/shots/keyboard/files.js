// Files by keyboard alone (U1): gathered, sent, taken back, viewed, edited, listed.

/** @type {import('./tasks.js').Task[]} */
export const FILE_TASKS = [
  {
    name: 'sending a file and taking it back',
    world: 'fake=files',
    does: async (me) => {
      await me.press('Control+k');
      await me.types('Foto’s en brieven');
      await me.press('Enter');
      await me.at('composer');
      await me.tabTo('attach');
      await me.press('Enter');
      await me.sees('chip', 'Verwijsbrief.pdf');
      await me.sees('not-attached', 'Setup.exe');
      await me.tabTo('not-attached-close', { back: true });
      await me.press('Enter');
      await me.seesNo('not-attached');
      await me.keepsTheKeyboard();
      await me.tabTo('composer');
      await me.types('Hierbij.');
      await me.press('Enter');
      await me.sees('leaving', 'seconden');
      await me.press('ArrowUp');
      await me.at('message', 'Hierbij.');
      await me.tabTo('take-back');
      await me.press('Enter');
      await me.sees('chip', 'Verwijsbrief.pdf');
      await me.at('composer');
      await me.tabTo('chip-remove');
      await me.press('Enter');
      await me.seesNo('chip');
      await me.keepsTheKeyboard();
    },
  },
  {
    name: 'viewing pictures and a letter',
    world: 'fake=files',
    does: async (me) => {
      await me.press('Control+k');
      await me.types('Foto’s en brieven');
      await me.press('Enter');
      await me.at('composer');
      await me.press('ArrowUp');
      await me.at('message', 'Uitslag kweek');
      await me.tabTo('file-main');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.sees('viewer', 'Uitslag kweek.pdf');
        await me.at('pdf');
        await me.press('+', '-', '0', 'PageDown');
        await me.press('ArrowLeft');
        await me.sees('viewer', '7 van 8');
        await me.press('+', 'ArrowRight', 'ArrowDown', '0');
        await me.tabTo('viewer-pin');
        await me.press('Enter');
      });
      await me.tabTo('file-menu');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.at('menu-file-show');
      });
    },
  },
  {
    name: 'marking a picture before it is sent',
    world: 'fake=gathered',
    does: async (me) => {
      await me.press('Control+k');
      await me.types('Foto’s en brieven');
      await me.press('Enter');
      await me.at('composer');
      await me.tabTo('chip-edit');
      await me.press('Enter');
      await me.at('edit-canvas');
      await me.tabTo('edit-crop', { back: true });
      await me.press('ArrowRight', 'ArrowRight');
      await me.tabTo('edit-canvas');
      await me.press('ArrowLeft', 'Shift+ArrowDown', 'Enter');
      await me.sees('edit-announced', 'Afgedekt');
      await me.tabTo('edit-done', { back: true });
      await me.press('Enter');
      await me.seesNo('picture-edit');
      await me.at('chip-edit');
    },
  },
  {
    name: 'going through all files of a conversation',
    world: 'fake=files',
    does: async (me) => {
      await me.press('Control+k');
      await me.types('Foto’s en brieven');
      await me.press('Enter');
      await me.at('composer');
      await me.tabTo('attachments', { back: true });
      await me.press('Enter');
      await me.sees('attachments-panel', 'Uitslag kweek.pdf');
      await me.tabTo('attachments-which');
      await me.types('Doc');
      await me.tabTo('to-message');
      await me.press('Enter');
      await me.at('message', 'Uitslag kweek.pdf');
      await me.tabTo('attachments-close');
      await me.press('Enter');
      await me.seesNo('attachments-panel');
      await me.keepsTheKeyboard();
    },
  },
];
