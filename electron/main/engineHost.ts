/**
 * Owns the engine process: forks it, watches it, starts it again. The window outlives it: an engine that dies becomes a
 * status with a sentence, never an exception here.
 */
import { EventEmitter } from 'node:events';
import {
  app,
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
import { EngineWatch } from './engineWatch.ts';

/** Name by which process lists and tests find the engine. */
export const engineServiceName = 'draftscope-engine';

/** What the engine tells main of itself. */
type Told = Extract<FromEngine, { type: 'opened' }>;

interface EngineHostEvents {
  status: [EngineStatus];
  opened: [Told];
}

export class EngineHost extends EventEmitter<EngineHostEvents> {
  readonly #script: string;
  readonly #arguments: EngineArguments;
  #process: UtilityProcess | null = null;
  #status: EngineStatus = { status: 'starting' };
  readonly #watch = new EngineWatch({
    ask: () => this.send({ type: 'ask' }),
    processorSeconds: () => this.#processorSeconds(),
    tell: (silence) => {
      const pid = this.#process?.pid;
      if (pid !== undefined) this.#setStatus({ status: 'running', pid, ...(silence === null ? {} : { silence }) });
    },
  });
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
    child.on('spawn', () => {
      if (this.#process !== child) return;
      this.#setStatus({ status: 'running', pid: child.pid ?? 0 });
      this.#watch.start();
    });
    child.on('message', (message: unknown) => {
      const parsed = fromEngineSchema.safeParse(message);
      if (!parsed.success || this.#process !== child) return;
      if (parsed.data.type === 'answer') this.#watch.answered();
      else this.emit('opened', parsed.data);
    });
    child.on('exit', (code) => {
      if (this.#process !== child) return;
      this.#process = null;
      this.#watch.stop();
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
    const silent = this.#status.status === 'running' && this.#status.silence !== undefined;
    this.#process = null;
    this.#watch.stop();
    // A process that is stopped or stuck in a system call does not heed the polite signal.
    if (silent && child?.pid !== undefined) process.kill(child.pid, 'SIGKILL');
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

  #processorSeconds(): number | null {
    const pid = this.#process?.pid;
    const metric = app.getAppMetrics().find((process) => process.pid === pid);
    return metric?.cpu.cumulativeCPUUsage ?? null;
  }

  #setStatus(status: EngineStatus): void {
    this.#status = status;
    this.emit('status', status);
  }
}
