/** A text as it is searched in: without regard to capitals, accents and marks. */
export function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ıøłđßæœ]/gu, (letter) => PLAIN[letter] ?? letter)
    .trim();
}

/** Letters that are no other letter with a mark, but are typed as one. */
const PLAIN: Record<string, string> = { ı: 'i', ø: 'o', ł: 'l', đ: 'd', ß: 'ss', æ: 'ae', œ: 'oe' };
