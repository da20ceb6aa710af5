import { describe, expect, it, vi } from 'vitest';
import { type CommandName, commands, type DecodeStep } from '../../../electron/common/contract.ts';
import { FailureError } from '../../../electron/common/failure.ts';
import { Dispatcher, type Handlers } from '../../../electron/engine/dispatcher.ts';

class RecordingPort {
  readonly sent: unknown[] = [];
  postMessage(message: unknown): void {
    this.sent.push(message);
  }
}

const unused = () => {
  throw new Error('not expected');
};

function dispatcherWith(handlers: Partial<Handlers>) {
  const all = Object.fromEntries(Object.keys(commands).map((name) => [name, unused])) as Record<CommandName, never>;
  return new Dispatcher({ ...all, ...handlers });
}

const request = (id: number, command: string, input: unknown) => ({ kind: 'request', id, command, input });

describe('Dispatcher', () => {
  it('answers with the output of the handler', async () => {
    const port = new RecordingPort();
    const dispatcher = dispatcherWith({ 'load.cancel': () => ({}) });
    await dispatcher.receive(port, request(7, 'load.cancel', {}));
    expect(port.sent).toEqual([{ kind: 'reply', id: 7, ok: true, output: {} }]);
  });

  it('hands on failures as data, and anything else thrown as an internal failure', async () => {
    const port = new RecordingPort();
    const dispatcher = dispatcherWith({
      'load.cancel': () => {
        throw new FailureError('busy', 'A load is running.');
      },
      'decode.stop': () => Promise.reject(new Error('boom')),
    });
    await dispatcher.receive(port, request(1, 'load.cancel', {}));
    await dispatcher.receive(port, request(2, 'decode.stop', {}));
    expect(port.sent).toMatchObject([
      { id: 1, ok: false, failure: { code: 'busy', message: 'A load is running.' } },
      { id: 2, ok: false, failure: { code: 'internal', message: 'boom' } },
    ]);
  });

  it.each([
    ['an unknown command', request(1, 'shell.run', {}), /no command "shell.run"/],
    ['an inherited name', request(1, 'toString', {}), /no command "toString"/],
    ['a wrong input', request(1, 'tensor.explain', { tensor: -1 }), /not valid \(tensor/],
    ['a missing input', request(1, 'tensor.explain', undefined), /not valid/],
  ])('refuses %s', async (_what, message, expected) => {
    const port = new RecordingPort();
    await dispatcherWith({}).receive(port, message);
    expect(port.sent).toMatchObject([{ ok: false, failure: { code: 'badRequest' } }]);
    expect((port.sent[0] as { failure: { message: string } }).failure.message).toMatch(expected);
  });

  it('ignores what is no request', async () => {
    const port = new RecordingPort();
    const dispatcher = dispatcherWith({});
    for (const message of [null, 7, 'x', {}, { kind: 'request' }]) await dispatcher.receive(port, message);
    expect(port.sent).toEqual([]);
  });

  it('sends steps in batches, in order, and before whatever follows them', () => {
    vi.useFakeTimers();
    const port = new RecordingPort();
    const dispatcher = dispatcherWith({});
    dispatcher.attach(port);
    const step = (index: number) => ({ index }) as DecodeStep;
    dispatcher.emitStep(step(0));
    dispatcher.emitStep(step(1));
    expect(port.sent).toEqual([]);
    vi.advanceTimersByTime(50);
    dispatcher.emitStep(step(2));
    dispatcher.emit('checkpoint.opening', { folder: 'x', files: 1, filesRead: 0 });
    expect(port.sent).toMatchObject([
      { event: 'decode.steps', payload: [{ index: 0 }, { index: 1 }] },
      { event: 'decode.steps', payload: [{ index: 2 }] },
      { event: 'checkpoint.opening' },
    ]);
    dispatcher.detach(port);
    dispatcher.emitStep(step(3));
    vi.advanceTimersByTime(50);
    expect(port.sent).toHaveLength(3);
    vi.useRealTimers();
  });
});
