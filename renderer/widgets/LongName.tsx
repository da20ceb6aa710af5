/**
 * A name that is cut where it tells least when space is short: at its beginning. Where names of many layers stand below each
 * other, the layer's number is kept beside the end.
 */
export function LongName({ name, keepsLayer = false }: { name: string; keepsLayer?: boolean }) {
  const [, head = '', tail = name] = (keepsLayer && /^(.*?\.\d+)(\..+)$/.exec(name)) || [];
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
