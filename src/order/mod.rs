//! Order with little code: one sort for lists of any kind, and maps and sets that are sorted lists.
//!
//! The standard library's sort and its B-trees are compiled anew for each kind of item, 4 KB or more each time, and the
//! page sorts some seventy kinds and keeps a hundred kinds of maps. Here the places of the items are sorted, which is the
//! same code for all, and the items follow; and [`SortedMap`] is a list in which a key is found by halving. Every layer
//! uses this one, and it knows none. Where maps grow past a thousand keys in any order, the standard B-tree stays better:
//! the store, the queue of what is due.

mod map;
mod set;

pub use map::SortedMap;
pub use set::SortedSet;

use std::cmp::Ordering;

/// Puts lists in order. Equal items keep their order.
pub trait Order<T> {
    /// By what `compare` says of two items.
    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// By what `key` gives for an item.
    fn order_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.order_by(|one, other| key(one).cmp(&key(other)));
    }

    /// By the items' own order.
    fn order(&mut self)
    where
        T: Ord,
    {
        self.order_by(T::cmp);
    }
}

impl<T> Order<T> for [T] {
    fn order_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let targets = targets(self.len(), &mut |one, other| match (self.get(one), self.get(other)) {
            (Some(one), Some(other)) => compare(one, other),
            _ => Ordering::Equal,
        });
        follow(targets, &mut |one, other| self.swap(one, other));
    }
}

/// Where each of `count` items belongs.
fn targets(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|&one, &other| compare(one, other));
    let mut targets = vec![0; count];
    for (target, place) in places.into_iter().enumerate() {
        if let Some(slot) = targets.get_mut(place) {
            *slot = target;
        }
    }
    targets
}

/// Brings each item to its target by swaps.
fn follow(mut targets: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for place in 0..targets.len() {
        while let Some(&target) = targets.get(place).filter(|&&target| target != place) {
            swap(place, target);
            targets.swap(place, target);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random, each below what is asked for.
    pub(super) fn numbers(seed: u64) -> impl FnMut(u32) -> u32 {
        let mut state = seed;
        move |bound| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32 % bound
        }
    }

    #[test]
    fn items_come_in_order_and_equal_ones_keep_theirs() {
        let mut below = numbers(3);
        for count in [0, 1, 2, 3, 10, 100, 1000] {
            let items: Vec<(u32, usize)> = (0..count).map(|place| (below(20), place)).collect();
            let (mut ours, mut theirs) = (items.clone(), items);
            ours.order_by_key(|item| item.0);
            theirs.sort_by_key(|item| item.0);
            assert_eq!(ours, theirs);
        }
    }
}
