/**
 * Asks again, one at a time: what becomes stale while an answer is under way is asked for once more after it, however
 * often it was told.
 */
export class Refresh {
  private running: Promise<void> | null = null;
  private again = false;

  constructor(private readonly ask: () => Promise<void>) {}

  now(): Promise<void> {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.run();
    return this.running;
  }

  private async run(): Promise<void> {
    try {
      do {
        this.again = false;
        await this.ask();
      } while (this.again);
    } finally {
      this.running = null;
    }
  }
}
