/**
 * Owns the engine process: forks it, watches it, starts it again. The window outlives it: an engine that dies becomes a
 * status with a sentence, never an exception here.
 */
import { EventEmitter } from 'node:events';
import {
  MessageChannelMain,
  type MessagePortMain,
  type UtilityProcess,
  utilityProcess,
  type WebContents,
} from 'electron';
import { channels } from '../common/channels.ts';
import type { EngineStatus } from '../common/contract.ts';
import { FailureError, makeFailure } from '../common/failure.ts';
import { type EngineArguments, type FromEngine, fromEngineSchema, type ToEngine } from '../common/processMessages.ts';

/** Name by which process lists and tests find the engine. */
export const engineServiceName = 'draftscope-engine';

interface EngineHostEvents {
  status: [EngineStatus];
  message: [FromEngine];
}

export class EngineHost extends EventEmitter<EngineHostEvents> {
  readonly #script: string;
  readonly #arguments: EngineArguments;
  #process: UtilityProcess | null = null;
  #status: EngineStatus = { status: 'starting' };
  /** The engine's last words on stderr, for the failure. */
  #lastWords = '';

  constructor(script: string, engineArguments: EngineArguments) {
    super();
    this.#script = script;
    this.#arguments = engineArguments;
  }

  get status(): EngineStatus {
    return this.#status;
  }

  start(): void {
    if (this.#process !== null) return;
    this.#lastWords = '';
    this.#setStatus({ status: 'starting' });
    const child = utilityProcess.fork(this.#script, [JSON.stringify(this.#arguments)], {
      serviceName: engineServiceName,
      stdio: 'pipe',
    });
    this.#process = child;
    // Nothing is expected there; unread, a full pipe would stop the engine.
    child.stdout?.resume();
    child.stderr?.on('data', (data: Buffer) => {
      this.#lastWords = (this.#lastWords + data.toString()).slice(-2000);
    });
    child.on('spawn', () => this.#setStatus({ status: 'running', pid: child.pid ?? 0 }));
    child.on('message', (message: unknown) => {
      const parsed = fromEngineSchema.safeParse(message);
      if (parsed.success) this.emit('message', parsed.data);
    });
    child.on('exit', (code) => {
      if (this.#process !== child) return;
      this.#process = null;
      const why = this.#lastWords.trim().split('\n').at(-1);
      const message = `The engine stopped unexpectedly (exit code ${code})${why ? `: ${why.slice(0, 300)}` : ''}.`;
      this.#setStatus({ status: 'stopped', failure: makeFailure('engineStopped', message) });
    });
  }

  /** Rejects when the engine stops by itself; for work that would wait for it for ever. */
  whenStopped(): Promise<never> {
    return new Promise((_resolve, reject) => {
      this.on('status', (status) => {
        if (status.status === 'stopped')
          reject(new FailureError(status.failure.code, status.failure.message, status.failure));
      });
    });
  }

  /** Ends the engine without a failure; quitting and restarting use it. */
  stop(): void {
    const child = this.#process;
    this.#process = null;
    child?.kill();
  }

  restart(): void {
    this.stop();
    this.start();
  }

  send(message: ToEngine, ports: MessagePortMain[] = []): void {
    this.#process?.postMessage(message, ports);
  }

  /** A new port to the engine for the caller; messages wait in it until the engine is up. */
  openPort(): MessagePortMain {
    const { port1, port2 } = new MessageChannelMain();
    this.send({ type: 'connect' }, [port1]);
    return port2;
  }

  /** Gives the page of a window its own port. */
  connectPage(page: WebContents): void {
    if (this.#process === null) return;
    page.postMessage(channels.enginePort, null, [this.openPort()]);
  }

  #setStatus(status: EngineStatus): void {
    this.#status = status;
    this.emit('status', status);
  }
}
