/** The reader's API key, kept for this tab only, and questions to the gateway with it. */

const storedKey = 'tempered-key';

/** A link may carry the key behind "#key=": it goes to this tab's memory, not into the browser's history. */
export function takeKeyFromAddress() {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key === null) return;
  keepKey(key);
  history.replaceState(null, '', location.pathname + location.search);
}

export function currentKey() {
  return sessionStorage.getItem(storedKey);
}

export function keepKey(key) {
  sessionStorage.setItem(storedKey, key);
}

export function forgetKey() {
  sessionStorage.removeItem(storedKey);
}

/** @throws an Error with the gateway's words; `refused` where the key is what it does not like */
export async function get(path) {
  const response = await fetch(path, { headers: { authorization: `Bearer ${currentKey()}` } });
  const body = await response.json();
  if (response.ok) return body;
  const { status } = response;
  const message = status === 401 ? 'This API key is not valid.' : body.error;
  throw Object.assign(new Error(message), { refused: status === 401 || status === 403 });
}
