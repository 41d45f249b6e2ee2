"""The page of the leaderboard in a browser: without errors or requests, on a phone and on a wide screen."""

import json
import shutil
from pathlib import Path

import pytest

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium and its driver are not installed")
PAGE = Path(__file__).parents[1] / "leaderboard" / "index.html"
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync", "--disable-quic")  # fmt: skip
VISIBLE = """return [...document.querySelectorAll("table.all tbody tr")].filter((row) => row.offsetParent)
.filter((row) => !row.classList.contains("baseline")).map((row) => row.cells[0].textContent)"""
SORTED = """return [...document.querySelector("section.card table.all").tBodies[0].rows]
.map((row) => parseFloat(row.cells[2].textContent))"""
SAVED = """window.saved = [];
URL.createObjectURL = (blob) => { blob.text().then((text) => window.saved.push(text)); return "#"; }"""
CONTRAST = """
const light = (text) => {
  const linear = (c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
  const [r, g, b] = text.match(/[\\d.]+/g).map((c) => linear(c / 255));
  return .2126 * r + .7152 * g + .0722 * b;
};
const ground = (element) => {
  for (; element; element = element.parentElement) {
    const found = getComputedStyle(element).backgroundColor;
    if (!/, 0\\)$/.test(found)) return found;
  }
  return "rgb(255, 255, 255)";
};
const found = [];
const read = "p, h1, h2, li, summary, small, b, td, th, a, button, label, select, code, legend, figcaption";
for (const element of document.querySelectorAll(read)) {
  if (!element.offsetParent || !element.textContent.trim()) continue;
  const [one, other] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
  const contrast = (one + .05) / (other + .05);
  if (contrast < 4.5) found.push([element.tagName, element.textContent.slice(0, 30), contrast]);
}
return found;
"""


@pytest.fixture(scope="module")
def started():
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for each in OPTIONS:
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def browser(started):
    """The page of this checkout, just loaded; each test ends without an error in the console."""
    sized(started, 1400)
    loaded(started)
    yield started
    assert [each for each in started.get_log("browser") if each["level"] == "SEVERE"] == []


def loaded(driver, place=""):
    driver.get("about:blank")
    driver.get_log("performance")
    driver.get(PAGE.as_uri() + place)


def sized(driver, width, scheme="light"):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})  # fmt: skip
    driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )


def rows_shown(driver):
    driver.execute_script("document.querySelector('section.card details.rows').open = true")


def click(driver, selector):
    element = driver.find_element("css selector", selector)
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def test_the_page_asks_for_nothing(browser):
    messages = [json.loads(each["message"])["message"] for each in browser.get_log("performance")]
    asked = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    assert asked == [PAGE.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 1400])
def test_nothing_runs_off_the_screen_and_text_is_readable(browser, width, scheme):
    sized(browser, width, scheme)
    browser.execute_script("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    across, there = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert across <= there == width
    assert browser.execute_script(CONTRAST) == []


def test_columns_are_sorted(browser):
    rows_shown(browser)
    head = "section.card table.all thead th:nth-child(3)"
    click(browser, f"{head} button")
    down = browser.execute_script(SORTED)
    assert down == sorted(down, reverse=True)
    click(browser, f"{head} button")
    assert browser.execute_script(SORTED) == down[::-1] or browser.execute_script(SORTED) == sorted(down)
    assert browser.find_element("css selector", head).get_attribute("aria-sort") == "ascending"


def test_rows_are_filtered_and_all_of_them_come_back(browser):
    from selenium.webdriver.support.ui import Select

    click(browser, "#filters summary")
    every = browser.find_element("id", "count").text
    Select(browser.find_element("name", "fusion")).select_by_value("late")
    some = browser.find_element("id", "count").text
    assert 0 < int(some.split()[0]) < int(every.split()[0])
    assert all(" · late · " in name for name in browser.execute_script(VISIBLE))
    click(browser, "#reset")
    assert browser.find_element("id", "count").text == every


def test_a_row_opens_with_its_command_and_its_file(browser):
    rows_shown(browser)
    click(browser, "section.card table.all .open")
    dialog = browser.find_element("id", "row")
    assert "bench run --dataset" in dialog.text
    assert "bench run --from leaderboard/results/" in dialog.text
    browser.execute_script("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    click(browser, "#row .copy")
    assert browser.execute_async_script("setTimeout(() => arguments[0](window.copied), 50)").startswith("bench run ")
    assert dialog.find_element("css selector", "a").get_attribute("href").startswith((PAGE.parent / "results").as_uri())
    click(browser, "#close")
    assert not dialog.is_displayed()


def test_a_link_leads_to_a_comparison_and_to_one_of_its_fusions(browser):
    loaded(browser, "#stress-predict/loso/early")
    names = browser.execute_script(VISIBLE)
    assert names
    assert all(" · early · " in name for name in names)


def test_a_link_to_a_fusion_that_was_not_run_leads_to_all_rows_of_the_comparison(browser):
    loaded(browser, "#stress-predict/loso/attentive")
    names = browser.execute_script(VISIBLE)
    assert any(" · early · " in name for name in names)


def test_columns_can_be_shown(browser):
    rows_shown(browser)
    click(browser, "#filters summary")
    assert not browser.find_element("css selector", "th[data-name=Accuracy]").is_displayed()
    [box] = [
        each for each in browser.find_elements("css selector", "#filters fieldset label") if each.text == "Accuracy"
    ]
    box.find_element("css selector", "input").click()
    assert browser.find_element("css selector", "th[data-name=Accuracy]").is_displayed()


def test_what_the_filters_show_can_be_saved(browser):
    browser.execute_script(SAVED)
    for name in ("csv", "json"):
        click(browser, f"#{name}")
    table, rows = browser.execute_async_script("setTimeout(() => arguments[0](window.saved), 200)")
    assert len(table.splitlines()) == len(json.loads(rows)) + 1 > 10
    assert table.splitlines()[0].startswith('"data","data set"')
