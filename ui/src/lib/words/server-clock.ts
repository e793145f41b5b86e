/** The time by the server: this device's clock may be wrong, and the engine says by how much. */
let ahead = 0;

/** The device's clock is ahead of the server's by so many milliseconds, or behind; whether that is new. */
export function clockIsAhead(milliseconds: number): boolean {
  const other = milliseconds !== ahead;
  ahead = milliseconds;
  return other;
}

export function serverNow(): number {
  return Date.now() - ahead;
}
