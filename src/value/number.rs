//! Numbers: whole ones as far as 64 bits reach, else floats.

use std::fmt;

/// A number. Equal whole numbers are equal, however they were made; a float is never equal to a whole number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(Kind);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Int(i64),
    /// Past the largest `i64`.
    Large(u64),
    Float(f64),
}

impl Number {
    /// A float; `None` for what JSON cannot hold (infinite, not a number).
    pub fn from_f64(number: f64) -> Option<Number> {
        number.is_finite().then_some(Number(Kind::Float(number)))
    }

    /// The whole number, where it fits.
    pub fn as_i64(self) -> Option<i64> {
        if let Kind::Int(number) = self.0 { Some(number) } else { None }
    }

    /// The whole number that is not negative.
    pub fn as_u64(self) -> Option<u64> {
        match self.0 {
            Kind::Int(number) => u64::try_from(number).ok(),
            Kind::Large(number) => Some(number),
            Kind::Float(_) => None,
        }
    }

    /// The number as near as a float comes.
    pub fn as_f64(self) -> Option<f64> {
        Some(match self.0 {
            Kind::Int(number) => number as f64,
            Kind::Large(number) => number as f64,
            Kind::Float(number) => number,
        })
    }

    /// Whether it is a float.
    pub fn is_f64(self) -> bool {
        matches!(self.0, Kind::Float(_))
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Number {
        Number(Kind::Int(number))
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Number {
        Number(i64::try_from(number).map_or(Kind::Large(number), Kind::Int))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Int(number) => number.fmt(out),
            Kind::Large(number) => number.fmt(out),
            Kind::Float(number) => fmt::Debug::fmt(&number, out),
        }
    }
}
