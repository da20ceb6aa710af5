/** JSON in pieces: what JSON.stringify gives, without ever holding all of it. */
import { Rows } from '../engine/loading/rows.ts';

/** Characters; large enough that writing a piece costs more than handing it over. */
const pieceLength = 64 * 1024;
/** Objects further down are small. */
const maxDepth = 3;

/** @returns pieces that make up the JSON text of the value, in order; Rows are gone through once */
export function* jsonPieces(value: unknown): Generator<string> {
  let piece = '';
  for (const part of partsOf(value, maxDepth)) {
    piece += part;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function* partsOf(value: unknown, depth: number): Generator<string> {
  if (value instanceof Rows || (Array.isArray(value) && depth > 0)) {
    let before = '[';
    for (const row of value) {
      yield `${before}${JSON.stringify(row) ?? 'null'}`;
      before = ',';
    }
    yield before === '[' ? '[]' : ']';
  } else if (isPlainObject(value) && depth > 0) {
    let before = '{';
    for (const [key, inner] of Object.entries(value)) {
      if (inner === undefined) continue;
      yield `${before}${JSON.stringify(key)}:`;
      yield* partsOf(inner, depth - 1);
      before = ',';
    }
    yield before === '{' ? '{}' : '}';
  } else yield JSON.stringify(value) ?? 'null';
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
