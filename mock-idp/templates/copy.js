// Shows the copy buttons, which need a script and a clipboard, and makes them work.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy], [data-copy-exact], [data-copy-text]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const exact = button.dataset.copyExact;
      const text = button.dataset.copyText
        ?? (exact ? document.querySelector(exact).textContent : document.querySelector(button.dataset.copy).innerText);
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = label; }, 1500);
    });
  }
}
