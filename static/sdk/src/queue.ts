/** What one document tracked and what became of it, as IndexedDB keeps it and as `client` reports it. */
export interface DocumentRecord {
  /** Events waiting, and their characters. */
  n: number;
  b: number;
  tracked: number;
  acked: number;
  dropped: Record<string, number>;
}

export interface Owner {
  _id: string;
  _record: DocumentRecord;
  /** Of its events, those sent and without a verdict yet. */
  _flying: number;
}

/** Where an event is stored until its verdict: a record of IndexedDB, or (`_local`) a dead document's key. */
export interface Chunk {
  _key: string;
  _left: Set<Entry>;
  _local?: boolean;
  /** Texts of a dead document's key that wait for the next adoption. */
  _rest?: string[];
}

export interface Entry {
  _id: string;
  _json: string;
  _low: boolean;
  _owner: Owner;
  _chunk?: Chunk | undefined;
  /** Sent, and without a verdict yet. */
  _flying?: boolean;
}

export function ownerOf(id: string, record?: DocumentRecord): Owner {
  return { _id: id, _flying: 0, _record: record || { n: 0, b: 0, tracked: 0, acked: 0, dropped: {} } };
}

/** Every event's text begins so; OpenBioCureAnalytics writes it and adoption reads it back. */
const HEAD = /^{"event_id":"([^"]+)","event_name":"((?:page_leave|web_vital|click)")?/;

/** An entry out of the JSON text of an event; undefined for what is none of ours. */
export function entryOf(json: string, owner: Owner): Entry | undefined {
  const head = HEAD.exec(json);
  return head ? { _id: head[1]!, _json: json, _low: !!head[2], _owner: owner } : undefined;
}

export function joined(entries: Iterable<Entry>, longest: number): string {
  let text = '';
  for (const { _json } of entries) {
    if (text.length + _json.length > longest) break;
    text += (text && ',') + _json;
  }
  return '[' + text + ']';
}
