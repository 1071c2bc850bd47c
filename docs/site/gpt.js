// The small GPT, alive on its page. `made.py` joins this with the modules that it imports; they are those of the package's page/front.

import { state, useLanguages } from "./dom.js";
import { SmallGPT } from "./gpt.js";
import { repaint } from "./paint.js";

useLanguages(globalThis.words);
state.language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
new SmallGPT(document.querySelector(".gpt"), globalThis.carried);
