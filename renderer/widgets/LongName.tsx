/**
 * A name that is cut where it tells least when space is short. The layer's number and the end of a tensor's name say which it
 * is; what stands between goes first, then what stands before the number.
 */
export function LongName({ name }: { name: string }) {
  const [, head = '', tail = name] = /^(.*?\.\d+)(\..+)$/.exec(name) ?? [];
  return (
    <span className="longName mono" title={name}>
      {head !== '' && (
        <span className="longNameHead">
          <bdi>{head}</bdi>
        </span>
      )}
      <span className="longNameTail">
        <bdi>{tail}</bdi>
      </span>
    </span>
  );
}
