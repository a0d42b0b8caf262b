"""Numbers from pictures, against pictures whose numbers are known."""

import ast
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from qwen_notebook import analysis
from qwen_notebook.analysis.colour import lab_of


def noise(size: tuple[int, int] = (320, 200)) -> Image.Image:
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


class TestPalette:
    def test_shares_are_areas_largest_first(self) -> None:
        image = Image.new("RGB", (100, 100), "#112233")
        ImageDraw.Draw(image).rectangle((0, 0, 99, 24), "#e4572e")
        first, second = analysis.palette(image)

        assert (first.hex, second.hex) == ("#112233", "#e4572e")
        assert (first.share, second.share) == (0.75, 0.25)

    @pytest.mark.parametrize("colours", [1, 2, 7])
    def test_there_are_as_many_as_asked_for_and_they_make_up_the_whole(self, colours: int) -> None:
        found = analysis.palette(noise(), colours)

        assert len(found) == colours
        assert sum(swatch.share for swatch in found) == pytest.approx(1)

    @pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1"])
    def test_any_kind_of_image_will_do(self, mode: str) -> None:
        assert analysis.palette(Image.new("RGB", (4, 4), "white").convert(mode))[0].hex == "#ffffff"

    @pytest.mark.parametrize("colours", [0, 257])
    def test_a_number_out_of_range_is_refused(self, colours: int) -> None:
        with pytest.raises(ValueError, match="1 to 256"):
            analysis.palette(noise(), colours)

    def test_the_picture_is_left_as_it_was(self) -> None:
        image = noise((600, 400))
        before = image.tobytes()
        analysis.palette(image)

        assert image.size == (600, 400)
        assert image.tobytes() == before


class TestSharpness:
    def test_blurring_lowers_it_step_by_step(self) -> None:
        image = Image.new("RGB", (400, 300), "white")
        ImageDraw.Draw(image).text((40, 100), "VISIT MARS", "black", font_size=60)
        figures = [analysis.sharpness(image.filter(ImageFilter.GaussianBlur(r))) for r in (0, 1, 2, 4)]

        assert figures == sorted(figures, reverse=True)
        assert figures[0] > 10 * figures[-1] > 0

    def test_it_hardly_depends_on_the_size(self) -> None:
        large = Image.new("RGB", (2400, 1200), "white")
        ImageDraw.Draw(large).ellipse((200, 100, 1800, 900), "black")
        smaller = large.resize((1600, 800), Image.Resampling.LANCZOS)

        assert analysis.sharpness(smaller) == pytest.approx(analysis.sharpness(large), rel=0.15)

    @pytest.mark.parametrize("size", [(1, 1), (3000, 1), (5, 7)])
    def test_the_smallest_pictures_have_one_too(self, size: tuple[int, int]) -> None:
        assert analysis.sharpness(Image.new("RGB", size, "navy")) == 0


class TestDifference:
    def test_a_picture_does_not_differ_from_itself(self) -> None:
        same = analysis.difference(noise(), noise())

        assert (same.mean, same.changed) == (0, 0)

    def test_what_was_changed_is_found_where_it_is(self) -> None:
        source = Image.new("RGB", (400, 200), "#336699")
        edit = source.copy()
        ImageDraw.Draw(edit).rectangle((0, 0, 99, 199), "#cc3300")
        found = analysis.difference(edit, source)

        assert found.changed == pytest.approx(0.25, abs=0.01)
        assert found.map[100, 50] > 50
        assert found.map[100, 300] == 0
        assert found.image().getpixel((50, 100)) == 255

    def test_a_source_of_another_size_and_shape_is_cropped_around_its_middle(self) -> None:
        source = Image.new("RGB", (2000, 1000), "navy")
        ImageDraw.Draw(source).rectangle((500, 0, 1499, 999), "gold")
        found = analysis.difference(Image.new("RGB", (512, 512), "gold"), source)

        assert found.changed < 0.02
        assert found.map.shape == (512, 512)

    def test_distances_are_those_of_the_colour_science(self) -> None:
        known = {"white": [100, 0, 0], "red": [53.24, 80.09, 67.20], "blue": [32.30, 79.19, -107.86]}
        for colour, lab in known.items():
            assert lab_of(Image.new("RGB", (1, 1), colour))[0, 0] == pytest.approx(lab, abs=0.05)


def test_it_imports_nothing_else_of_ours() -> None:
    for path in Path(analysis.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or not (node.module or "").startswith("qwen_notebook")
