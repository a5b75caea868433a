//! Leaves out points that no eye misses, so that files stay small.

use super::curve::Point;

/// How far a point may be from the line that goes on without it: half a canvas unit, which rounding takes anyway.
const TOLERANCE: f64 = 0.5;

/// The points that a line needs (Douglas and Peucker 1973, with a stack in place of recursion).
pub(crate) fn simplify(points: &[Point]) -> Vec<Point> {
    let mut kept = vec![false; points.len()];
    let last = points.len().saturating_sub(1);
    for end in [0, last] {
        if let Some(kept) = kept.get_mut(end) {
            *kept = true;
        }
    }
    let mut spans = vec![(0, last)];
    while let Some((from, to)) = spans.pop() {
        let distance = |index: &usize| distance(points[*index], points[from], points[to]);
        let farthest = (from + 1..to).max_by(|a, b| distance(a).total_cmp(&distance(b)));
        if let Some(middle) = farthest.filter(|index| distance(index) > TOLERANCE) {
            kept[middle] = true;
            spans.extend([(from, middle), (middle, to)]);
        }
    }
    points.iter().zip(kept).filter(|(_, kept)| *kept).map(|(point, _)| *point).collect()
}

/// Of a point from the line between two others.
fn distance((x, y): Point, (ax, ay): Point, (bx, by): Point) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx.hypot(dy);
    if length == 0.0 {
        return (x - ax).hypot(y - ay);
    }
    ((x - ax) * dy - (y - ay) * dx).abs() / length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_keeps_its_ends_and_a_corner_its_point() {
        let line: Vec<Point> = (0..100).map(|x| (f64::from(x), 2.0 * f64::from(x))).collect();
        assert_eq!(simplify(&line), [line[0], line[99]]);
        let corner: Vec<Point> = (-50..50).map(|x| (f64::from(x), f64::from(x.max(0)))).collect();
        assert_eq!(simplify(&corner), [corner[0], corner[50], corner[99]]);
        assert_eq!(simplify(&[]), []);
        assert_eq!(simplify(&[(1.0, 1.0)]), [(1.0, 1.0)]);
    }

    #[test]
    fn no_point_is_far_from_what_is_left() {
        let curve: Vec<Point> =
            (0..1000).map(|x| (f64::from(x), 100.0 * (f64::from(x) / 50.0).sin())).collect();
        let kept = simplify(&curve);
        assert!(kept.len() < 300, "{}", kept.len());
        for point in curve {
            let after = kept.partition_point(|kept| kept.0 < point.0).max(1);
            assert!(distance(point, kept[after - 1], kept[after]) <= TOLERANCE);
        }
    }
}
