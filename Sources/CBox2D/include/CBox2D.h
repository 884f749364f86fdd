#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A plain C interface to the parts of Box2D that environments use, so that Swift modules need not be
// compiled with C++ interoperability, which all their dependents would then have to be too.
//
// Lengths are in m, angles in radians, forces in N, impulses in N s, as single-precision numbers.
// A world belongs to one thread at a time. Bodies are numbered from 0 in the order of their creation.

/// A world with its bodies, and the contacts between them.
typedef struct Box2DWorld *Box2DWorldRef;

/// A vector.
typedef struct {
  float x, y;
} Box2DVector;

/// Matter and collision filter of a shape.
typedef struct {
  float density, friction, restitution;
  uint16_t category, mask;
} Box2DMaterial;

/// How two bodies hang together: a hinge with a motor and limits.
typedef struct {
  int32_t first, second;
  Box2DVector firstAnchor, secondAnchor;
  /// The angle of the second body from the first one that counts as 0 in the limits.
  float referenceAngle;
  float lowerAngle, upperAngle;
  float motorSpeed, maxMotorTorque;
} Box2DHinge;

/// Where a body is and how it moves.
typedef struct {
  Box2DVector position;
  float angle;
  Box2DVector velocity;
  float angularVelocity;
  /// Whether it moves, or has not rested for long enough to fall asleep.
  bool isAwake;
  /// Whether the last contact event of the body was the beginning of a contact.
  bool isTouching;
  /// Whether any contact of the body ever began.
  bool hasTouched;
} Box2DBody;

/// An empty world; NULL if there is no memory.
Box2DWorldRef box2d_world_create(Box2DVector gravity);
void box2d_world_destroy(Box2DWorldRef world);

/// Adds a body without shapes and returns its number.
int32_t box2d_add_static_body(Box2DWorldRef world);
int32_t box2d_add_dynamic_body(Box2DWorldRef world, Box2DVector position, float angle);

/// Adds a line that collides on both sides.
void box2d_add_edge(
  Box2DWorldRef world, int32_t body, Box2DVector from, Box2DVector to, Box2DMaterial material);
/// Adds a convex polygon of 3 to 8 corners.
void box2d_add_polygon(
  Box2DWorldRef world, int32_t body, const Box2DVector *corners, int32_t count,
  Box2DMaterial material);
/// Adds a rectangle around the body's origin.
void box2d_add_rectangle(
  Box2DWorldRef world, int32_t body, float halfWidth, float halfHeight, Box2DMaterial material);
/// Joins two bodies, which then do not collide with each other.
void box2d_add_hinge(Box2DWorldRef world, Box2DHinge hinge);

/// Adds a force that acts during the next step; wakes the body.
void box2d_apply_force(Box2DWorldRef world, int32_t body, Box2DVector force);
/// Adds a torque that acts during the next step; wakes the body.
void box2d_apply_torque(Box2DWorldRef world, int32_t body, float torque);
/// Changes the velocities at once; wakes the body.
void box2d_apply_impulse(
  Box2DWorldRef world, int32_t body, Box2DVector impulse, Box2DVector point);

/// Advances the world by so many seconds with so many iterations of the solver.
void box2d_step(
  Box2DWorldRef world, float seconds, int32_t velocityIterations, int32_t positionIterations);

/// Where a body is and how it moves.
Box2DBody box2d_body(Box2DWorldRef world, int32_t body);

#ifdef __cplusplus
}
#endif
