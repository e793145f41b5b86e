/** Overflowing content scrolls by the keyboard, too. */
import type { Attachment } from 'svelte/attachments';

/**
 * Puts an element in the order of Tab for as long as its content overflows, and gives it a role and a name then; when the window, the
 * size of the letters or the content changes, it is looked at again.
 */
export function scrollsByKeyboard(role: 'list' | 'region', label: string): Attachment<HTMLElement> {
  return (element) => {
    const look = () => {
      const scrolls = element.scrollHeight > element.clientHeight + 1;
      const having = { role, tabindex: '0', 'aria-label': label };
      for (const [name, value] of Object.entries(having)) {
        if (!scrolls) element.removeAttribute(name);
        else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
      }
    };
    const sizes = new ResizeObserver(look);
    const content = new MutationObserver(look);
    sizes.observe(element);
    content.observe(element, { childList: true, subtree: true, characterData: true });
    look();
    return () => {
      sizes.disconnect();
      content.disconnect();
    };
  };
}
