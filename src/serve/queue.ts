/** Requests in hand: how many there may be, and whose turn it is. */

import { Refusal } from '../http/refusal.js';
import { several } from '../words.js';

/** How many of the latest answers the estimate of a wait is made from. */
const REMEMBERED = 16;

export class Queue {
  private readonly waiting: (() => void)[] = [];
  private readonly seconds: number[] = [];
  private entered = 0;
  private busy = false;

  /** @param length requests in hand beside the one that is being answered */
  constructor(private readonly length: number) {}

  /** Requests in hand, the one that is being answered included. */
  get inHand(): number {
    return this.entered;
  }

  /** Seconds until a new request would have its turn, 1 or more: from the time of the latest answers. */
  get waitSeconds(): number {
    const mean = this.seconds.reduce((sum, value) => sum + value, 0) / Math.max(1, this.seconds.length);
    return Math.max(1, Math.ceil(mean * this.entered));
  }

  /**
   * Takes a place, before the body of a request is read: so the bodies in memory are as few as the places.
   * @returns gives the place back; may be called again
   * @throws Refusal 503 when all places are taken
   */
  enter(): () => void {
    if (this.entered > this.length)
      throw new Refusal(
        503,
        `The queue is full: ${this.entered} requests are in hand. Try again in ${several(this.waitSeconds, 'second')}.`,
        { 'Retry-After': String(this.waitSeconds) },
      );
    this.entered++;
    let left = false;
    return () => {
      if (!left) this.entered--;
      left = true;
    };
  }

  /**
   * Waits for the turn of a request: one is answered at a time, in the order of arrival.
   * @returns ends the turn; must be called
   * @throws the reason of the signal once it is aborted
   */
  async turn(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.busy) await this.wait(signal);
    this.busy = true;
    const began = performance.now();
    return () => {
      this.seconds.push((performance.now() - began) / 1000);
      if (this.seconds.length > REMEMBERED) this.seconds.shift();
      const next = this.waiting.shift();
      // `busy` stays set where another one is next: none that comes meanwhile goes before it.
      if (next) next();
      else this.busy = false;
    };
  }

  private wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const give = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(give), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(give);
    });
  }
}
