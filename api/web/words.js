// The page's words in Indonesian and English, loaded together so that switching needs no network.

const LANGUAGES = ["id", "en"];
const LOCALES = { id: "id-ID", en: "en-GB" };
const STORED = "mbg.language";

const catalogues = {};
let language = null;

export async function loadWords() {
  const load = async (name) => {
    const answer = await fetch(`/api/messages/${name}.json`);
    if (!answer.ok) throw new Error(`words ${name}: ${answer.status}`);
    catalogues[name] = await answer.json();
  };
  await Promise.all(LANGUAGES.map(load));
  const stored = localStorage.getItem(STORED);
  if (LANGUAGES.includes(stored)) setLanguage(stored);
}

/** The kitchen's language, until somebody chose one on this device. */
export function proposeLanguage(name) {
  if (localStorage.getItem(STORED) === null && LANGUAGES.includes(name)) setLanguage(name);
}

export function chooseLanguage(name) {
  localStorage.setItem(STORED, name);
  setLanguage(name);
}

function setLanguage(name) {
  language = name;
  document.documentElement.lang = name;
}

export const currentLanguage = () => language ?? "id";
export const otherLanguage = () => (currentLanguage() === "id" ? "en" : "id");
export const locale = () => LOCALES[currentLanguage()];

/** The words under `key`, with {names} filled in. */
export function t(key, values = {}) {
  const words = catalogues[currentLanguage()][key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The name of a kind of control, as it stands at the head of a line. */
export function controlName(kind) {
  const name = t(`control.${kind}`);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export const has = (key) => key in catalogues[currentLanguage()];

/** A text that the gateway sends in both languages. */
export const said = (text) => (text ? (text[currentLanguage()] ?? text.id) : "");
