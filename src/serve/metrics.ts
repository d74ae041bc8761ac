/** Counts and times of a server, in the text format of Prometheus. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ServedModel } from './messages.js';
import type { Queue } from './queue.js';

/** Bounds in seconds, from a small network on a small image to tiles of a large one. */
const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The status that is counted for a client that left before its answer; it has seen none. */
export const CLIENT_LEFT = 499;

export class Metrics {
  private readonly registry = new Registry();
  private readonly requests = new Counter({
    name: 'nddr_requests_total',
    help: 'Requests by path and status; 499 is a client that left before its answer',
    labelNames: ['path', 'status'] as const,
    registers: [this.registry],
  });
  private readonly seconds = new Histogram({
    name: 'nddr_request_seconds',
    help: 'Seconds from the head of a request to its answer',
    labelNames: ['path'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly turns = new Histogram({
    name: 'nddr_image_seconds',
    help: 'Seconds that one image takes in the thread of the model: decoding, network, drawing',
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly images = new Counter({
    name: 'nddr_images_total',
    help: 'Images answered',
    registers: [this.registry],
  });
  private readonly received = new Counter({
    name: 'nddr_received_bytes_total',
    help: 'Bytes of images received',
    registers: [this.registry],
  });
  private readonly sent = new Counter({
    name: 'nddr_sent_bytes_total',
    help: 'Bytes of answers sent',
    registers: [this.registry],
  });
  private readonly ready = new Gauge({
    name: 'nddr_ready',
    help: '1 while images are answered, 0 while the model is opened and after the server was told to stop',
    registers: [this.registry],
  });
  private readonly model = new Gauge({
    name: 'nddr_model_info',
    help: 'The model that answers; always 1',
    labelNames: ['name', 'step'] as const,
    registers: [this.registry],
  });

  constructor(queue: Queue, limit: number) {
    new Gauge({
      name: 'nddr_requests_in_hand',
      help: 'Requests that have a place: being received, waiting, or being answered',
      registers: [this.registry],
      collect() {
        this.set(queue.inHand);
      },
    });
    new Gauge({
      name: 'nddr_requests_in_hand_limit',
      help: 'The most requests that may have a place',
      registers: [this.registry],
    }).set(limit);
  }

  opened({ name, step }: ServedModel): void {
    this.model.set({ name, step: step === null ? '' : String(step) }, 1);
    this.ready.set(1);
  }

  stopping(): void {
    this.ready.set(0);
  }

  /** Counts a request whose answer is on its way. @param path one of the server's own, or `other` */
  request(path: string, status: number, seconds: number): void {
    this.requests.inc({ path, status: String(status) });
    this.seconds.observe({ path }, seconds);
  }

  /** Counts an image that had its turn. @param answer its size in bytes; undefined where it was not answered */
  image(received: number, seconds: number, answer: number | undefined): void {
    this.received.inc(received);
    this.turns.observe(seconds);
    if (answer === undefined) return;
    this.images.inc();
    this.sent.inc(answer);
  }

  readonly type = this.registry.contentType;

  text(): Promise<string> {
    return this.registry.metrics();
  }
}
