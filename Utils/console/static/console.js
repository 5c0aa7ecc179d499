// The pages work without it. It copies, selects what goes together, and keeps what is shown up to date.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const said = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "The browser does not allow to copy: select the text instead.";
    }
  });
}

const boxes = [...document.querySelectorAll("input[name=permissions]")];
function selectViews() {
  const needed = new Set(boxes.filter((box) => box.checked).map((box) => box.dataset.views));
  for (const box of boxes) if (needed.has(box.value)) box.checked = true;
}
for (const box of boxes) box.addEventListener("change", selectViews);
for (const choice of document.querySelectorAll("[data-choose]")) choice.hidden = false;
for (const button of document.querySelectorAll("[data-check]")) {
  button.addEventListener("click", () => {
    for (const box of boxes) box.checked = button.dataset.check === "all";
  });
}

const SECONDS = 2;
async function refresh() {
  try {
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(part.id);
      const active = document.activeElement; // clicking at the screen of a device makes its frame that
      const busy = part.contains(active) && active.tagName !== "IFRAME";
      if (next && !busy && next.innerHTML !== part.innerHTML) part.innerHTML = next.innerHTML;
    }
  } catch {
    // The tenant has ended: what was shown last stays.
  }
}
if (document.querySelector("[data-live]")) setInterval(refresh, SECONDS * 1000);
