/**
 * Runs one request at a time. Calls during a request lead to exactly one more request after it, however many they are.
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
