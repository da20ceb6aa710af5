/** Text <-> token ids, by the checkpoint's own tokenizer.json. */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { FailureError } from '../../common/failure.ts';

export interface TokenizerFiles {
  /** Parsed tokenizer.json. */
  readonly tokenizer: unknown;
  /** Parsed tokenizer_config.json; {} when there is none. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Where it came from, for messages. */
  readonly path: string;
}

export class Tokenizer {
  readonly #tokenizer: HuggingFaceTokenizer;
  readonly #beginId: number | undefined;
  readonly #special: ReadonlySet<number>;
  readonly #pieces = new Map<number, string>();

  /** @throws FailureError tokenizerUnreadable */
  constructor(files: TokenizerFiles) {
    try {
      this.#tokenizer = new HuggingFaceTokenizer(files.tokenizer as object, files.config);
      // A broken file may be accepted and fail at first use: use it once here.
      this.#tokenizer.encode('a');
    } catch (cause) {
      throw new FailureError('tokenizerUnreadable', 'tokenizer.json is not a tokenizer that can be used here.', {
        path: files.path,
        cause,
      });
    }
    this.#beginId = files.config.add_bos_token === true ? this.#idOf(files.config.bos_token) : undefined;
    this.#special = new Set(
      [...this.#tokenizer.get_added_tokens_decoder()].filter(([, token]) => token.special).map(([id]) => id),
    );
  }

  /** Ids of the text, with the begin token in front where tokenizer_config.json asks for one. */
  encode(text: string): number[] {
    const ids = Array.from(this.#tokenizer.encode(text).ids, Number);
    // Some tokenizer.json files (DeepSeek-V3's is one) leave the begin token to the caller although the config asks for it.
    if (this.#beginId !== undefined && ids[0] !== this.#beginId) ids.unshift(this.#beginId);
    return ids;
  }

  /** Text of the ids without special tokens. */
  decode(ids: readonly number[]): string {
    const plain = ids.filter((id) => !this.#special.has(id));
    return plain.length === 0 ? '' : this.#tokenizer.decode(plain, { skip_special_tokens: true });
  }

  /** Text of one token alone; special tokens by name. A token that is part of a character shows as U+FFFD. */
  piece(id: number): string {
    let text = this.#pieces.get(id);
    if (text === undefined) {
      text = this.#tokenizer.decode([id], { skip_special_tokens: false });
      this.#pieces.set(id, text);
    }
    return text;
  }

  #idOf(token: unknown): number | undefined {
    const content = typeof token === 'string' ? token : (token as { content?: unknown } | null | undefined)?.content;
    return typeof content === 'string' ? this.#tokenizer.token_to_id(content) : undefined;
  }
}
