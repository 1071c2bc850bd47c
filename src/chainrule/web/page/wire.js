// The line to the server: questions and their answers over one WebSocket, found again by itself when it breaks.

import { state, t, tell } from "./dom.js";
import { grays } from "./packed.js";

const REFUSED = 1008; // how a socket is closed by a server that says why
const waiting = new Map();
const listeners = new Map();
let socket = null, next = 1, broken = 0, welcome;
const welcomed = new Promise((resolve) => { welcome = resolve; }); // what is asked before the first hello waits for it

/** Let a function hear a kind of report: "hello", "progress", "epoch", "state", "line". */
export function on(kind, listener) {
  if (!listeners.has(kind)) listeners.set(kind, []);
  listeners.get(kind).push(listener);
}
const report = (kind, message) => (listeners.get(kind) ?? []).forEach((listener) => listener(message));

export function open() {
  let asked = false, greeted = false, refusal = "";
  const away = (words) => report("line", { up: false, words });
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
  socket.onopen = () => {
    asked = true;
    socket.send(JSON.stringify({ do: "hello", session: sessionStorage.session ?? "", language: state.language }));
  };
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.on === "hello") greeted = true;
    if (message.on === "full") away((refusal = message.detail)); // there is no place: the server says hello when there is one
    else received(message);
  };
  socket.onclose = ({ code, reason }) => {
    for (const { reject } of waiting.values()) reject(new Error("closed"));
    waiting.clear();
    if (code === REFUSED && reason) refusal = `${reason} ${t("This page tries again by itself.")}`;
    if (asked && !greeted && !refusal) delete sessionStorage.session; // a session that cannot be taken up is given up
    away(refusal || t("The server does not answer; trying again."));
    setTimeout(open, Math.min(5000, 250 * 2 ** broken++));
  };
}

function received(message) {
  if (message.on === "hello") {
    broken = 0;
    sessionStorage.session = message.session;
    report("line", { up: true });
    welcome();
  }
  const asked = waiting.get(message.id);
  if ((message.on === "done" || message.on === "refused") && asked) {
    waiting.delete(message.id);
    message.on === "done" ? asked.resolve(message) : asked.reject(new Error(message.detail));
  } else report(message.on, message);
}

/** Ask the server to do something; what it refuses is told to the person, and comes back as null. */
export async function ask(name, values = {}) {
  await welcomed;
  try {
    if (socket?.readyState !== WebSocket.OPEN) throw new Error("closed");
    return await new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ do: name, id, ...values }));
    });
  } catch (error) {
    if (error.message === "closed") tell(t("The server does not answer; trying again."), { lasting: true });
    else tell(error.message);
    return null;
  }
}

/** Ask over plain HTTP. Raises an error with a sentence for what is refused, and where no answer comes. */
async function fetched(address, options) {
  const answer = await fetch(address, options).catch(() => { throw new Error(t("The server does not answer; trying again.")); });
  const found = await answer.json().catch(() => ({ detail: t("The server could not answer that.") })); // a server that is overrun says so in no JSON
  if (!answer.ok) throw new Error(found.detail);
  return found;
}

export const post = (name, values) => fetched(`/api/${name}`, {
  method: "POST",
  headers: { "content-type": "application/json", "accept-language": state.language },
  body: JSON.stringify(values),
});

/** The grays of a test digit; null, and a sentence, where they do not come. */
export async function testDigit(index) {
  try {
    return grays((await fetched(`/api/test?index=${index}`)).pixels);
  } catch (error) {
    tell(error.message);
    return null;
  }
}
