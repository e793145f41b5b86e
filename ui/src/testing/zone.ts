/** The time zone of the computer, as somebody changes it while Overleg runs. */
declare const process: { env: Record<string, string | undefined> };

const own = process.env['TZ'];

export function inZone(place: string): void {
  process.env['TZ'] = place;
}

export function inOwnZone(): void {
  if (own === undefined) delete process.env['TZ'];
  else process.env['TZ'] = own;
}
